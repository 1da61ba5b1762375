//! Which packet id comes next, so that rumqttc never has to hold a publish back.
//!
//! rumqttc numbers publishes and subscriptions from one counter that starts again after the in-flight limit; a publish whose
//! number is still unacknowledged would "collide" and block everything behind it.

use super::Order;
use std::collections::{BTreeMap, VecDeque};

/// What a packet id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Busy {
    Publish { handle: u64 },
    Subscribe,
}

/// Orders that wait, and packet ids that are in use.
#[derive(Debug)]
pub(super) struct Lane {
    /// Publishes that may be unacknowledged.
    pub(super) room: u16,
    /// After this id comes 1 again: rumqttc's in-flight limit.
    ids_max: u16,
    last: u16,
    busy: BTreeMap<u16, Busy>,
    pub(super) waiting: VecDeque<Order>,
}

impl Lane {
    /// `receive_max` as CONNACK has it (absent = 65,535); `None` if it is 0.
    pub(super) fn new(window: u16, receive_max: Option<u16>) -> Option<Self> {
        let receive_max = receive_max.unwrap_or(u16::MAX);
        let room = window.max(1).min(receive_max);
        let ids_max = window.max(1).saturating_mul(2).min(receive_max);
        (receive_max > 0).then(|| Self { room, ids_max, last: 0, busy: BTreeMap::new(), waiting: VecDeque::new() })
    }

    /// The next order that can be handed over now.
    pub(super) fn next(&mut self) -> Option<Order> {
        let publishes = self.busy.values().filter(|busy| matches!(busy, Busy::Publish { .. })).count();
        let fits = match self.waiting.front()? {
            Order::Publish { .. } => publishes < usize::from(self.room) && !self.busy.contains_key(&self.coming()),
            Order::Subscribe { .. } => !self.busy.contains_key(&self.coming()),
            Order::Disconnect => true,
        };
        if fits { self.waiting.pop_front() } else { None }
    }

    /// An order was given to rumqttc: it takes the next id.
    pub(super) fn handed(&mut self, busy: Busy) {
        let id = self.coming();
        self.last = if id == self.ids_max { 0 } else { id };
        self.busy.insert(id, busy);
    }

    /// What stood under an id that was acknowledged.
    pub(super) fn acknowledged(&mut self, id: u16) -> Option<Busy> {
        self.busy.remove(&id)
    }

    /// Whether rumqttc gave the id that was expected.
    pub(super) fn is_publish(&self, id: u16) -> bool {
        matches!(self.busy.get(&id), Some(Busy::Publish { .. }))
    }

    fn coming(&self) -> u16 {
        self.last.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(handle: u64) -> Order {
        Order::Publish { handle, topic: String::new(), payload: Vec::new() }
    }

    /// Hands over what fits and gives the ids taken.
    fn hand_over(lane: &mut Lane) -> Vec<u16> {
        let mut ids = Vec::new();
        while let Some(order) = lane.next() {
            ids.push(lane.coming());
            match order {
                Order::Publish { handle, .. } => lane.handed(Busy::Publish { handle }),
                Order::Subscribe { .. } => lane.handed(Busy::Subscribe),
                Order::Disconnect => {}
            }
        }
        ids
    }

    #[test]
    fn the_window_is_the_smaller_of_both_and_zero_is_refused() {
        assert!(Lane::new(16, Some(0)).is_none());
        assert_eq!(Lane::new(16, Some(3)).map(|lane| (lane.room, lane.ids_max)), Some((3, 3)));
        assert_eq!(Lane::new(16, None).map(|lane| (lane.room, lane.ids_max)), Some((16, 32)));
    }

    #[test]
    fn an_id_in_use_is_never_given_again() {
        let mut lane = Lane::new(2, None).unwrap();
        lane.waiting.extend([publish(1), Order::Subscribe { topic: String::new() }, Order::Subscribe { topic: String::new() }, publish(2), publish(3)]);
        assert_eq!(hand_over(&mut lane), [1, 2, 3, 4]);
        assert_eq!(lane.acknowledged(4), Some(Busy::Publish { handle: 2 }));
        assert_eq!(hand_over(&mut lane), Vec::<u16>::new(), "id 1 is in use, though the window has room");
        assert_eq!(lane.acknowledged(1), Some(Busy::Publish { handle: 1 }));
        assert_eq!(hand_over(&mut lane), [1]);
        assert!(lane.is_publish(1) && !lane.is_publish(2) && !lane.is_publish(4));
    }

    #[test]
    fn the_window_holds_publishes_back_and_a_disconnect_goes_behind_them() {
        let mut lane = Lane::new(1, None).unwrap();
        lane.waiting.extend([publish(1), publish(2), Order::Disconnect]);
        assert_eq!(hand_over(&mut lane), [1]);
        assert_eq!(lane.acknowledged(1), Some(Busy::Publish { handle: 1 }));
        assert_eq!(hand_over(&mut lane), [2, 1]);
        assert_eq!(lane.acknowledged(9), None);
    }
}

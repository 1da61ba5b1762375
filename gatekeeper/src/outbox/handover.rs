//! Hand-over: connections, Hellos, statements and batches, in the order in which the rules allow them.

use super::lane::seal;
use super::link::{Carried, HELLO_MS, HELLO_MS_MAX, LINGER_MS, Link, LinkState};
use super::{Cx, Outbox, Stored};
use crate::command::{Command, Load};
use crate::event::LinkEvent;
use crate::signer::{KeyName, SignError, Signer};
use crate::store::{LeftRow, Outcome, QueueRow, RowId, RowState, StoreOp};
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{Hello, LaneMessage, WINDOW};
use consent_protocol::topic::{Channel, Topic};
use consent_protocol::{Head, Nonce, StreamId};
use std::collections::BTreeMap;

/// Rows of a stream that are read together.
const LOAD_AHEAD: usize = 16;

/// What became of a try to hand something over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Something went, or was begun: try again.
    Moved,
    /// Nothing more can be done now.
    Rest,
}

impl Outbox {
    /// Does all that can be done now: connects, greets, states, numbers, hands over, disconnects.
    ///
    /// `poll` is a recipient to connect to although nothing is owed: for the catalog.
    pub fn pump<S: Signer>(&mut self, poll: Option<&str>, cx: &mut Cx<'_, S>) {
        self.tell_owed_ends(cx);
        let mut recipients: BTreeMap<String, Vec<StreamId>> = self.links.keys().map(|recipient| (recipient.clone(), Vec::new())).collect();
        for stream in self.streams.values() {
            recipients.entry(stream.row.recipient.clone()).or_default().push(stream.row.id);
        }
        if let Some(poll) = poll {
            recipients.entry(poll.to_owned()).or_default();
        }
        for (recipient, streams) in recipients {
            let mut wanted = poll == Some(recipient.as_str());
            for id in &streams {
                let owed = self.stream_owed(*id, cx);
                wanted |= owed;
                if let Some(stream) = self.streams.get_mut(id) {
                    stream.conn.owed = owed;
                }
            }
            self.links.entry(recipient.clone()).or_default().wanted = wanted;
            self.keep_link(&recipient, cx);
            for stream in streams {
                self.pump_stream(stream, &recipient, cx);
            }
        }
    }

    fn stream_owed<S: Signer>(&self, id: StreamId, cx: &Cx<'_, S>) -> bool {
        let Some(stream) = self.streams.get(&id) else { return false };
        let told = stream.row.lane.n <= stream.row.answered_k;
        let idle = stream.row.closed || cx.shut.contains(&stream.row.use_id) || (stream.queued.is_empty() && stream.numbered.is_empty());
        !told || !idle || self.erasures_owed(|stream| stream.id == id) > 0
    }

    fn keep_link<S: Signer>(&mut self, recipient: &str, cx: &mut Cx<'_, S>) {
        let mono_ms = cx.now.mono_ms;
        let Some(link) = self.links.get_mut(recipient) else { return };
        if link.wanted {
            link.idle_since_ms = None;
            if link.state == LinkState::Idle && link.not_before_ms <= mono_ms {
                self.next_epoch = self.next_epoch.saturating_add(1);
                (link.state, link.epoch) = (LinkState::Connecting, self.next_epoch);
                cx.commands.push(Command::Connect { recipient: recipient.to_owned(), epoch: link.epoch });
            }
            return;
        }
        if link.state == LinkState::Idle {
            return;
        }
        let since = *link.idle_since_ms.get_or_insert(mono_ms);
        if mono_ms.saturating_sub(since) >= LINGER_MS && link.in_flight.is_empty() {
            cx.commands.push(Command::Disconnect { recipient: recipient.to_owned(), epoch: link.epoch });
            (link.state, link.idle_since_ms, link.backoff_ms) = (LinkState::Idle, None, 0);
            self.forget_conns(recipient);
        }
    }

    fn forget_conns(&mut self, recipient: &str) {
        self.streams.values_mut().filter(|stream| stream.row.recipient == recipient).for_each(|stream| stream.conn.reset());
    }

    /// Drops a connection at once.
    pub(super) fn cut<S: Signer>(&mut self, recipient: &str, cx: &mut Cx<'_, S>) {
        let Some(link) = self.links.get_mut(recipient).filter(|link| link.state != LinkState::Idle) else { return };
        cx.commands.push(Command::Cut { recipient: recipient.to_owned(), epoch: link.epoch });
        link.backoff_ms = 0;
        link.lost(cx.now.mono_ms);
        self.forget_conns(recipient);
    }

    /// Drops all connections: the agent stops.
    pub fn disconnect_all<S: Signer>(&mut self, cx: &mut Cx<'_, S>) {
        let recipients: Vec<String> = self.links.iter().filter(|(_, link)| link.state != LinkState::Idle).map(|(recipient, _)| recipient.clone()).collect();
        for recipient in recipients {
            if let Some(link) = self.links.get_mut(&recipient) {
                cx.commands.push(Command::Disconnect { recipient: recipient.clone(), epoch: link.epoch });
                link.state = LinkState::Idle;
                link.in_flight.clear();
            }
            self.forget_conns(&recipient);
        }
    }

    /// Something happened on a connection; messages are the machine's.
    pub fn on_link<S: Signer>(&mut self, recipient: &str, epoch: u64, event: &LinkEvent, catalog_topic: Option<String>, cx: &mut Cx<'_, S>) {
        let Some(link) = self.links.get_mut(recipient).filter(|link| link.epoch == epoch) else { return };
        match event {
            LinkEvent::Up { room } if link.state == LinkState::Connecting => {
                link.state = LinkState::Up { room: usize::from(*room).clamp(1, WINDOW) };
                link.backoff_ms = 0;
                let gate = &mut cx.counters.totals_mut().gate;
                gate.connections = gate.connections.saturating_add(1);
                if let Some(topic) = catalog_topic {
                    gate.catalog_polls = gate.catalog_polls.saturating_add(1);
                    cx.commands.push(Command::Subscribe { recipient: recipient.to_owned(), epoch, topic });
                }
            }
            LinkEvent::Down if link.state != LinkState::Idle => {
                link.lost(cx.now.mono_ms);
                self.forget_conns(recipient);
            }
            LinkEvent::Acked { handle, taken } => {
                let carried = link.in_flight.remove(handle);
                if let (Some(Carried::Batch(stream, _) | Carried::Lane(stream)), false) = (carried, *taken) {
                    self.not_taken(stream, cx.now.mono_ms);
                }
            }
            LinkEvent::Up { .. } | LinkEvent::Down | LinkEvent::Message { .. } => {}
        }
    }

    /// The broker did not take a publish, or nobody is there to get it: ask where the receiver stands, later.
    fn not_taken(&mut self, stream: StreamId, mono_ms: u64) {
        if let Some(stream) = self.streams.get_mut(&stream) {
            stream.conn.ready = false;
            stream.conn.resync = true;
            stream.conn.hello_every_ms = stream.conn.hello_every_ms.max(HELLO_MS);
            stream.conn.hello_due_ms = mono_ms.saturating_add(stream.conn.hello_every_ms);
        }
    }

    fn pump_stream<S: Signer>(&mut self, id: StreamId, recipient: &str, cx: &mut Cx<'_, S>) {
        let mut steps: usize = 0;
        while steps < WINDOW.saturating_mul(4) && self.links.get(recipient).is_some_and(|link| link.room() > 0) {
            steps = steps.saturating_add(1);
            // A Hello first, then statements, then batches; the first that can be done is done.
            let step = match self.greet(id, recipient, cx) {
                Ok(Step::Rest) if self.hand_statement(id, cx) == Step::Rest => self.hand_batch(id, cx),
                Ok(Step::Rest | Step::Moved) => Ok(Step::Moved),
                Err(error) => Err(error),
            };
            if step != Ok(Step::Moved) {
                return;
            }
        }
    }

    /// Says Hello where one is due.
    fn greet<S: Signer>(&mut self, id: StreamId, recipient: &str, cx: &mut Cx<'_, S>) -> Result<Step, SignError> {
        let Some(stream) = self.streams.get_mut(&id) else { return Ok(Step::Rest) };
        let due = stream.conn.owed && (stream.conn.nonce.is_none() || cx.now.mono_ms >= stream.conn.hello_due_ms);
        // A stream that the receiver does not know exists only once its first statement is synced.
        let stored = stream.statements.get(&stream.row.lane.n).is_some_and(|entry| entry.txn <= cx.synced);
        if !due || !stored {
            return Ok(Step::Rest);
        }
        let fresh = stream.conn.nonce.is_none();
        let nonce = fresh.then(|| Nonce(self.rng_of(recipient).bytes()));
        let Some(stream) = self.streams.get_mut(&id) else { return Ok(Step::Rest) };
        if fresh {
            stream.conn.nonce = nonce;
            stream.conn.hello_every_ms = HELLO_MS;
            let topic = Topic::Stream { recipient: recipient.to_owned(), stream: id, channel: Channel::Answer }.name();
            let epoch = self.links.get(recipient).map_or(0, |link| link.epoch);
            cx.commands.push(Command::Subscribe { recipient: recipient.to_owned(), epoch, topic });
        } else {
            stream.conn.resync = true;
            stream.conn.hello_every_ms = stream.conn.hello_every_ms.saturating_mul(2).min(HELLO_MS_MAX);
        }
        stream.conn.hello_due_ms = cx.now.mono_ms.saturating_add(stream.conn.hello_every_ms);
        self.say_hello(id, recipient, cx)?;
        Ok(Step::Moved)
    }

    /// Publishes a Hello with this connection's nonce and the echo of a challenge, if there was one.
    pub(super) fn say_hello<S: Signer>(&mut self, id: StreamId, recipient: &str, cx: &mut Cx<'_, S>) -> Result<(), SignError> {
        let Some(stream) = self.streams.get(&id) else { return Ok(()) };
        let Some(nonce) = stream.conn.nonce else { return Ok(()) };
        let key = KeyName::Stream(stream.row.key);
        let hello = Hello {
            recipient: recipient.to_owned(),
            stream: id,
            nonce,
            echo: stream.conn.echoed,
            lane: stream.row.lane,
            base: stream.row.base,
            certificate: cx.signer.certificate(key)?,
        };
        let envelope = seal(cx.signer, Kind::Lane, key, LaneMessage::Hello(hello).to_bytes())?;
        let gate = &mut cx.counters.totals_mut().gate;
        gate.hellos = gate.hellos.saturating_add(1);
        self.publish(id, Channel::Lane, Carried::Lane(id), envelope, cx);
        Ok(())
    }

    fn publish<S: Signer>(&mut self, id: StreamId, channel: Channel, carried: Carried, payload: Vec<u8>, cx: &mut Cx<'_, S>) {
        let Some(recipient) = self.streams.get(&id).map(|stream| stream.row.recipient.clone()) else { return };
        let Some(link) = self.links.get_mut(&recipient) else { return };
        self.next_handle = self.next_handle.saturating_add(1);
        link.in_flight.insert(self.next_handle, carried);
        let topic = Topic::Stream { recipient: recipient.clone(), stream: id, channel }.name();
        cx.commands.push(Command::Publish { recipient, epoch: link.epoch, handle: self.next_handle, topic, payload });
    }

    /// Hands over the next statement that is synced. Statements may go before a State has come.
    fn hand_statement<S: Signer>(&mut self, id: StreamId, cx: &mut Cx<'_, S>) -> Step {
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| stream.conn.ready) else { return Step::Rest };
        let next = stream.conn.lane_sent.saturating_add(1);
        let Some(entry) = stream.statements.get(&next).filter(|entry| entry.txn <= cx.synced) else { return Step::Rest };
        let envelope = entry.envelope.clone();
        stream.conn.lane_sent = next;
        stream.conn.hello_due_ms = stream.conn.hello_due_ms.max(cx.now.mono_ms.saturating_add(HELLO_MS));
        let gate = &mut cx.counters.totals_mut().gate;
        gate.statements = gate.statements.saturating_add(1);
        self.publish(id, Channel::Lane, Carried::Lane(id), envelope, cx);
        Step::Moved
    }

    /// Hands over the next numbered row, or numbers the next queued one.
    fn hand_batch<S: Signer>(&mut self, id: StreamId, cx: &mut Cx<'_, S>) -> Result<Step, SignError> {
        let Some(stream) = self.streams.get(&id).filter(|stream| stream.conn.ready && !stream.row.closed) else { return Ok(Step::Rest) };
        if cx.shut.contains(&stream.row.use_id) {
            return Ok(Step::Rest);
        }
        let next = stream.numbered.range(stream.conn.handed.saturating_add(1)..).next().map(|(n, row)| (*n, *row));
        if let Some((n, row)) = next {
            return Ok(self.hand_numbered(id, n, row, cx));
        }
        // Voided numbers count too: what is open at the receiver is bounded, not only what has a row here.
        if stream.row.numbered.n.saturating_sub(stream.row.base.n) >= u32::try_from(WINDOW).unwrap_or(u32::MAX) {
            return Ok(Step::Rest);
        }
        let Some(row) = stream.queued.first().copied() else { return Ok(Step::Rest) };
        if !self.may_leave(row, cx) {
            return Ok(Step::Rest);
        }
        let Some(plain) = self.plain_or_load(row, cx) else {
            self.load_ahead(id, cx);
            return Ok(Step::Rest);
        };
        self.number(row, &plain, cx)
    }

    /// Asks for what follows the first queued row too: read one by one, each would wait for the one before.
    fn load_ahead<S: Signer>(&mut self, id: StreamId, cx: &mut Cx<'_, S>) {
        let Some(stream) = self.streams.get(&id) else { return };
        let next: Vec<RowId> = stream.queued.iter().copied().take(LOAD_AHEAD).collect();
        for row in next {
            if self.may_leave(row, cx) && self.cached < super::CACHE_BYTES_MAX {
                self.plain_or_load(row, cx);
            }
        }
    }

    fn hand_numbered<S: Signer>(&mut self, id: StreamId, n: u32, row: RowId, cx: &mut Cx<'_, S>) -> Step {
        if !self.may_leave(row, cx) {
            return Step::Rest;
        }
        let Some(envelope) = self.plain_or_load(row, cx) else { return Step::Rest };
        self.uncache(row);
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.conn.handed = n;
            stream.conn.hello_due_ms = stream.conn.hello_due_ms.max(cx.now.mono_ms.saturating_add(HELLO_MS));
        }
        self.publish(id, Channel::Batch, Carried::Batch(id, row), envelope, cx);
        Step::Moved
    }

    /// The check right before every hand-over: stored, within its age, and all consents of its basis still in force.
    fn may_leave<S: Signer>(&self, id: RowId, cx: &Cx<'_, S>) -> bool {
        let Some(row) = self.rows.get(&id) else { return false };
        let basis_open = self.bases.get(&row.meta.basis).is_some_and(|basis| basis.row.is_open() && basis.row.k > 0);
        basis_open && row.txn <= cx.synced && !cx.shut.contains(&row.meta.use_id) && !row.is_too_old(cx.in_force, cx.now.wall_ms)
    }

    /// The plain payload of a row, or a request for it.
    fn plain_or_load<S: Signer>(&mut self, id: RowId, cx: &mut Cx<'_, S>) -> Option<Vec<u8>> {
        let row = self.rows.get_mut(&id)?;
        if row.plain.is_none() && !row.loading {
            row.loading = true;
            cx.commands.push(Command::Load(Load::Payload { row: id }));
        }
        row.plain.clone()
    }

    /// A payload came from the store. One that does not open is not sent: the row is dropped and counted.
    pub fn on_loaded<S: Signer>(&mut self, id: RowId, sealed: Option<&[u8]>, cx: &mut Cx<'_, S>) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.loading = false;
        let Some(basis) = self.bases.get(&row.meta.basis) else { return };
        match sealed.map(|sealed| cx.vault.open_row(&basis.row, id, row.meta.n, sealed)) {
            Some(Ok(plain)) => self.cache(id, plain),
            Some(Err(_)) | None => self.void_rows(&[id], consent_protocol::lane::VoidReason::Dropped, cx),
        }
    }

    /// Gives a row its number: chained, signed, stored before it is handed over.
    fn number<S: Signer>(&mut self, id: RowId, plain: &[u8], cx: &mut Cx<'_, S>) -> Result<Step, SignError> {
        let decoded = postcard::from_bytes::<Stored>(plain);
        let Some(row) = self.rows.get(&id) else { return Ok(Step::Rest) };
        let (Ok(stored), Some(stream), Some(basis)) = (decoded, self.streams.get(&row.meta.stream), self.bases.get(&row.meta.basis)) else {
            self.void_rows(&[id], consent_protocol::lane::VoidReason::Dropped, cx);
            return Ok(Step::Moved);
        };
        let mut batch = stored.batch;
        batch.n = stream.row.numbered.n.saturating_add(1);
        batch.prev = stream.row.numbered.digest;
        batch.basis = basis.row.k;
        batch.needs = stored.needs.max(basis.row.k);
        let n = batch.n;
        let envelope = seal(cx.signer, Kind::Batch, KeyName::Stream(stream.row.key), batch.to_bytes())?;
        let head = Head { n, digest: envelope::sha256(&[&envelope]) };
        let Ok(sealed) = cx.vault.seal_row(&basis.row, id, n, &envelope, cx.rng) else {
            self.void_rows(&[id], consent_protocol::lane::VoidReason::Dropped, cx);
            return Ok(Step::Moved);
        };
        let Some(mut row) = self.remove_row(id) else { return Ok(Step::Rest) };
        cx.counters.shift(&row.meta.use_id, Outcome::Queued, Outcome::Numbered, u64::from(row.meta.decisions));
        (row.meta.state, row.meta.n, row.meta.digest) = (RowState::Numbered, n, head.digest);
        row.meta.bytes = u32::try_from(envelope.len()).unwrap_or(u32::MAX);
        (row.plain, row.loading, row.txn) = (Some(envelope), false, cx.txn);
        cx.ops.push(StoreOp::Update { row: row.meta.clone(), sealed: Some(sealed) });
        cx.ops.push(StoreOp::Number { stream: row.meta.stream, head });
        cx.ops.push(StoreOp::Left(row.meta.left(cx.now.wall_ms)));
        if let Some(stream) = self.streams.get_mut(&row.meta.stream) {
            stream.row.numbered = head;
            stream.numbers.insert(n, head.digest);
            cx.ops.push(StoreOp::Stream(stream.row.clone()));
        }
        self.insert_row(row);
        Ok(Step::Moved)
    }

    /// Monotonic time at which [`Self::pump`] is due again.
    pub fn due_ms(&self) -> Option<u64> {
        let links = self.links.values().filter_map(Link::due_ms);
        let greets = |stream: &&super::Stream| {
            stream.conn.nonce.is_some() && stream.conn.owed && self.links.get(&stream.row.recipient).is_some_and(|link| link.room() > 0)
        };
        links.chain(self.streams.values().filter(greets).map(|stream| stream.conn.hello_due_ms)).min()
    }
}

impl QueueRow {
    /// That it was handed over: without anything of what it holds.
    fn left(&self, left_ms: i64) -> LeftRow {
        let (records, first_ms, last_ms) = (self.records, self.first_ms, self.last_ms);
        LeftRow { row: self.id, basis: self.basis, use_id: self.use_id.clone(), left_ms, records, first_ms, last_ms }
    }
}

impl Link {
    fn due_ms(&self) -> Option<u64> {
        match self.state {
            LinkState::Idle => self.wanted.then_some(self.not_before_ms),
            LinkState::Up { .. } if self.in_flight.is_empty() => self.idle_since_ms.map(|since| since.saturating_add(LINGER_MS)),
            LinkState::Connecting | LinkState::Up { .. } => None,
        }
    }
}

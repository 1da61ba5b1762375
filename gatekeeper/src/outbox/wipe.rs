//! The car changes hands: every basis ends and every stream closes, so that nothing of the next people stands beside what was.

use super::{Cx, Outbox};
use crate::book::Erase;
use crate::signer::Signer;
use crate::store::{BasisEnd, BasisId, RowState};
use consent_core::Ground;
use consent_protocol::StreamId;
use consent_protocol::lane::EndKind;
use std::collections::BTreeSet;

impl Outbox {
    /// Rows that wait.
    pub fn row_count(&self) -> u64 {
        u64::try_from(self.rows.len()).unwrap_or(u64::MAX)
    }

    /// Rows among them that were possibly sent already.
    pub fn numbered_count(&self) -> u64 {
        let numbered = self.rows.values().filter(|row| row.meta.state == RowState::Numbered).count();
        u64::try_from(numbered).unwrap_or(u64::MAX)
    }

    /// Ends what rests on no person, closes every stream, and yields the recipients that are to erase. What the law demands they
    /// keep as the law says; what rested on people was ended with them.
    pub fn let_all_go<S: Signer>(&mut self, cx: &mut Cx<'_, S>) -> BTreeSet<String> {
        let left: Vec<(BasisId, BasisEnd, Erase, bool)> = self
            .bases
            .values()
            .filter(|basis| basis.row.consents.is_empty() || basis.row.is_open())
            .map(|basis| {
                let erase = if basis.row.terms.ground == Ground::LegalObligation { Erase::Keep } else { Erase::Erase };
                (basis.row.id, basis.row.end, erase, basis.row.erase_owed)
            })
            .collect();
        for (id, end, erase, told) in left {
            match end {
                BasisEnd::Open => {
                    self.end_basis(id, EndKind::Withdrawn, erase, cx);
                }
                BasisEnd::Ended(kind) if erase == Erase::Erase && !told => self.tell_end(id, kind, erase, <_>::default(), cx),
                BasisEnd::Ended(_) => {}
            }
        }
        let uses: BTreeSet<String> = self.streams.values().map(|stream| stream.row.use_id.clone()).collect();
        self.close_streams(&uses, cx);
        let all: Vec<(StreamId, u32)> = self.bases.values().map(|basis| (basis.row.stream, basis.row.k)).collect();
        self.unhear(&all);
        let owing = self.erasures.iter().filter_map(|id| self.bases.get(id)).filter_map(|basis| self.streams.get(&basis.row.stream));
        owing.map(|stream| stream.row.recipient.clone()).collect()
    }
}

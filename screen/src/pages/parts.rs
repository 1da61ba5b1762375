//! Parts that pages share: buttons, switches, cards, confirmations.

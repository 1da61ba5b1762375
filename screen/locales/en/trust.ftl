# trust
trust-title = Trust
trust-lead = What was decided, what was answered, and how you can check it without believing anybody.
trust-check = Check it
trust-check-text = Every entry is signed and names the one before it. Whoever changes, drops or swaps an entry breaks the chain.
trust-check-agent = Check the chain
trust-holds = The chain holds: { $entries } entries, { $bodies } of them with what they say, { $erased } erased.
trust-proves-agent = The gate checked its own ledger. It is consistent with itself. A checkpoint that you kept proves more.
trust-broken-agent = The chain does not hold. Do not trust this ledger.
trust-kept = A checkpoint that you kept
trust-kept-compare = Compare
trust-kept-stands = It stands: that entry is here, unchanged, and so is everything before it.
trust-kept-differs = It does not stand. This is another ledger, or one that was rewritten.
trust-kept-beyond = The ledger ends before your checkpoint. Entries are missing.
trust-kept-unreadable = This is no checkpoint. It begins with CG1:C: and has three more parts.
trust-noscript = The check in this browser needs a script, and scripts are off here. Everything else on this page works.
trust-browser = Check again in this browser
trust-browser-text = The same check once more, by this page itself, over the bytes that the gate hands out.
trust-without = Check without the car
trust-without-text = Keep both files. The verifier is one page that loads nothing and sends nothing: open it in any browser, choose the ledger, and paste a checkpoint that you kept.
trust-without-verifier = The verifier
trust-without-ledger = The ledger
trust-script-busy = Checking …
trust-script-holds = Checked here: { $entries } entries hold, { $bodies } of them with what they say, { $erased } erased or not shown.
trust-script-broken = Entry { $at } does not hold: { $why }
trust-script-head = The newest entry is { $seq }, digest { $digest }.
trust-script-erased = erased or not shown
trust-script-unreadable = This could not be read as a ledger.
trust-script-no-checkpoint = The text in the field is no checkpoint.
trust-script-proves-none = The ledger is consistent with itself. On the screen of the car, this page came from the same car. Compare a checkpoint that you kept to know more.
trust-script-proves-stands = The ledger is consistent with itself and with the checkpoint that you kept: nothing before it was changed since.
trust-script-why-form = its envelope is not as it must be.
trust-script-why-key = it was signed with another key.
trust-script-why-signature = its signature is wrong.
trust-script-why-encoding = its header cannot be read.
trust-script-why-order = it does not follow the entry before it.
trust-script-why-body = what it says is not what was signed.
trust-script-why-checkpoint = it is not the entry of your checkpoint, or entries are missing.
trust-script-why-unsupported = this browser cannot check signatures of this kind.
trust-script-why-missing = entries are missing.
trust-file-title = Ledger verifier
trust-file-text = Checks a ledger that a car exported. This file loads nothing and sends nothing.
trust-file-ledger = The ledger (ledger.json)
trust-file-check = Check

# The ledger
trust-ledger = The ledger
trust-ledger-text =
    { $n ->
        [one] One entry. What concerns other people is not yours to read; its place in the chain is.
       *[other] { $n } entries. What concerns other people is not yours to read; its place in the chain is.
    }
trust-ledger-empty = No entry yet
trust-older = Older
trust-entry = No. { $seq }
trust-clock = The clock was not trusted.
trust-receipt = Receipt
trust-receipt-end = Receipt of the end
trust-everything = everything optional
trust-reveals = ({ $reveals })
trust-suspended = It suspended: { $uses }.
trust-note-person = everything of a person.
trust-note-store = The disk can be written again.
trust-did-requested = You were asked: { $use }.
trust-did-deferred = You put it off: { $use }.
trust-did-given =
    { $cadence ->
        [trip] You allowed for one trip: { $use }.
        [each_time] You allowed, confirmed each time, until { $until }: { $use }.
       *[other] You allowed until { $until }: { $use }.
    }
trust-did-renewed =
    { $cadence ->
        [trip] You renewed for one trip: { $use }.
        [each_time] You renewed, confirmed each time, until { $until }: { $use }.
       *[other] You renewed until { $until }: { $use }.
    }
trust-did-narrowed =
    { $cadence ->
        [trip] You narrowed for one trip: { $use }.
        [each_time] You narrowed, confirmed each time, until { $until }: { $use }.
       *[other] You narrowed until { $until }: { $use }.
    }
trust-did-refused = You said no: { $use }.
trust-did-withdrawn = You stopped: { $use }.
trust-did-expired = Its time ended: { $use }.
trust-did-trip-ended = It ended with the trip: { $use }.
trust-did-suspended = It changed and stopped until you renew it: { $use }.
trust-did-objected = You objected: { $use }.
trust-did-restricted = You restricted: { $use }.
trust-did-lifted = You lifted an objection or restriction: { $use }.
trust-did-paused = You paused: { $use }.
trust-did-resumed = You resumed: { $use }.
trust-did-stopped-by-occupant = Somebody aboard stopped location and driving for one trip.
trust-did-review-sent = You looked at it and sent it: { $use }.
trust-did-review-destroyed = Looked at and destroyed: { $use }.
trust-did-catalog = The list of uses number { $number } came into force.
trust-did-boot-first = The gate started for the first time.
trust-did-boot =
    { $flag ->
        [yes] The gate started, after an orderly end.
       *[no] The gate started, after a sudden end.
    }
trust-did-theft =
    { $flag ->
        [yes] The car was declared stolen, until { $until }.
       *[no] The car is not declared stolen any more.
    }
trust-did-erasure = Erased in the car:
trust-did-erasure-use = Erased in the car: { $use }.
trust-did-answer =
    { $n ->
        [one] { $name } has answered: erased in { $erased } of { $n } system. It was about: { $use }.
       *[other] { $name } has answered: erased in { $erased } of { $n } systems. It was about: { $use }.
    }
trust-did-notice = The gate noted:
trust-did-erased = Erased. Its place in the chain holds.
trust-did-other = Another person's entry.

# Checkpoint, recipients, catalog
trust-checkpoint = A checkpoint to keep
trust-checkpoint-text = Photograph it, or copy the line. Whoever has it can show later that nothing before it was changed.
trust-checkpoint-qr = The checkpoint as QR code
trust-checkpoint-of = Entry { $seq }, { $when }
trust-possibly = Possibly sent before an end
trust-possibly-none = Nothing: whatever was stopped had left and was answered for, or had not left.
trust-possibly-text = These values were on their way when you stopped. They may have arrived. The recipient was told to throw them away.
trust-possibly-count =
    { $n ->
        [one] One value may have reached { $name }.
       *[other] { $n } values may have reached { $name }.
    }
trust-possibly-nothing = Nothing was on its way to { $name } when it ended.
trust-ended = Ended on { $when }.
trust-known = { $name } knows of the end since { $when }. { $late }
trust-known-not = { $name } has not answered yet
trust-erased = { $name } answered on { $when }: erased in { $erased } of { $n } systems. { $late }
trust-erased-not = Asked on { $when } to erase; no answer yet
trust-late =
    { $n ->
        [one] That was 1 day late.
       *[other] That was { $n } days late.
    }
trust-ends =
    { $n ->
        [one] Its answer to 1 end
       *[other] Its answers to { $n } ends
    }
trust-report = Last signed report: { $when }.
trust-silent-since = no signed report since { $when }
trust-recipients = Recipients
trust-recipients-others = Recipients that got nothing
trust-recipients-none = This gate has never had anything to tell them.
trust-recipient = Recipient
trust-contact = Contact
trust-alarms =
    { $n ->
        [one] One message from this recipient was not genuine, or contradicted what the car knows.
       *[other] { $n } messages from this recipient were not genuine, or contradicted what the car knows.
    }
trust-owed =
    { $n ->
        [one] one answer is missing
       *[other] { $n } answers are missing
    }
trust-owed-none = Has answered everything.
trust-silent = There is no signed report of the last 30 days here.
trust-catalog = The list of uses
trust-catalog-text = It is signed, it only ever rises in number, and every car of your kind gets the same bytes. Compare the digest with that of another car.
trust-catalog-version = Number
trust-catalog-audience = For
trust-catalog-digest = Digest

# Receipts
trust-receipt-of-giving = Receipt of a yes
trust-receipt-of-ending = Receipt of an end
trust-receipt-happened = What happened
trust-receipt-when = When
trust-receipt-who = Recipient
trust-receipt-until = Until
trust-receipt-reveals = What it reveals
trust-receipt-assurance = Recognised
trust-receipt-record = Record
trust-receipt-entry = Ledger
trust-receipt-digest = Digest of the entry
trust-receipt-secret = Secret
trust-receipt-car = Ending it without the car
trust-receipt-car-text = Send this receipt or its secret to { $name }: { $contact }. It must end your consent there at once, and erase; the car learns of it. You need no reason and no account.
trust-receipt-car-ended = This has ended. There is nothing left to end. Questions go to { $name }: { $contact }.
trust-receipt-secret-text = Whoever knows the secret can end your consent, and nothing else. It opens no data.
trust-receipt-proves = It proves that this profile decided so, recognised as stated. It does not prove who sat there.
trust-receipt-keep = Keep it
trust-receipt-keep-secret = Photograph the code, or take the text with you. It holds the secret.
trust-receipt-keep-end = Photograph the code, or take the text with you.
trust-receipt-qr = The receipt as QR code
trust-receipt-text = Text
trust-receipt-image = Image
trust-receipt-line = The code as a line
trust-assurance-none = not at all
trust-assurance-low = with low assurance
trust-assurance-high = with high assurance
trust-action-given = Allowed
trust-action-renewed = Renewed
trust-action-narrowed = Narrowed
trust-action-refused = Refused
trust-action-withdrawn = Stopped
trust-action-expired = Time ended
trust-action-trip-ended = Ended with the trip
trust-action-suspended = Stopped because it changed
trust-action-objected = Objected
trust-action-restricted = Restricted
trust-action-requested = Asked
trust-action-deferred = Put off
trust-action-lifted = Objection or restriction lifted
trust-action-paused = Paused
trust-action-resumed = Resumed
trust-action-stopped-by-occupant = Stopped by somebody aboard
trust-action-review-sent = Looked at and sent
trust-action-review-destroyed = Looked at and destroyed

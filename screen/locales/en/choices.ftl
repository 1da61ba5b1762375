# choices

## The list
choices-title = My choices
choices-lead = { $n ->
    [0] Nothing optional is on.
    [one] 1 of { $all } optional uses is on.
   *[other] { $n } of { $all } optional uses are on.
}
choices-guest = Nobody is recognised at the wheel. Everything optional stays in the car.
choices-none = Nothing to choose
choices-none-text = The list of uses in this car has no optional use. Nothing optional leaves.
choices-group-manufacturer = The maker of your car
choices-group-manufacturer-note = The maker itself collects, keeps and uses this.
choices-group-outside = Outside recipients
choices-group-outside-note = Others than the maker. Each is asked and stopped on its own.
choices-group-law = By law or agreement
choices-group-law-note = These need no yes. Where you can refuse, the switch does it.
choices-details = Details
choices-decide = See the terms and decide
choices-fixed = Always on
choices-on-request = When you ask
choices-categories = By kind of data
choices-categories-note = A pause here stops this kind of data for every use. What a law demands goes on.
choices-category-allowed = { $n ->
    [0] No use may see it now, of { $all } that could.
   *[other] { $n } of { $all } uses may see it.
}
choices-category-law = { $n ->
    [one] One of them is by law.
   *[other] { $n } of them are by law.
}
choices-about-driver = About who drives. Anybody aboard can stop it.
choices-about-cabin = About everybody aboard. All must have said yes.
choices-about-vehicle = About the car.
choices-gate-counts = Connections: { $connections } · Statements about your decisions: { $statements } · Questions for a new list of uses: { $polls }
choices-gate-note = Nothing of this is about where you were or how you drove.
choices-stop-all = Stop everything optional
choices-stop-all-text = Every yes of yours ends. What waits in the car is destroyed. Each recipient is told.
choices-stop-all-button = Stop everything
choices-stop-all-erase = Stop, and ask all to erase

## How a use stands
choices-terms-until = { $reveals }, until { $date }
choices-terms-trip = { $reveals }, for this trip
choices-terms-each = { $reveals }, each time after your look, until { $date }
choices-terms-before = { $reveals }, on each trip that you allow before it, until { $date }
choices-now-live = Leaves
choices-now-awaits = Waits for your look
choices-now-stays = Stays
choices-law-may-refuse = { $act }, { $article }. You may refuse.
choices-law-fixed = { $act }, { $article }. The law leaves no choice.
choices-standing-not-decided = You have not decided.
choices-standing-given = You allowed this.
choices-standing-each-time = You allowed this, with your look before anything leaves.
choices-standing-refused = You said no.
choices-standing-withdrawn = You stopped this.
choices-standing-expired = Your yes has ended by its date.
choices-standing-trip-ended = Your yes was for a trip that is over.
choices-standing-suspended = This changed since you allowed it. It needs your yes anew.
choices-standing-objected = You objected.
choices-standing-restricted = You restricted this.
choices-standing-call = It runs only during a call from the car.
choices-standing-theft = It runs only after a theft is declared.
choices-standing-contract = It belongs to a service that was ordered.
choices-standing-law = A law demands it.
choices-standing-vital-interest = Somebody's life or health may need it.
choices-standing-legitimate-interest = The recipient claims an interest of its own.
choices-standing-unknown = This screen cannot say how it stands.

## Why it is off now
choices-reason-no_consent = Off: you have not allowed it.
choices-reason-refused = Off: you said no.
choices-reason-withdrawn = Off: you stopped it.
choices-reason-expired = Off: your yes has ended.
choices-reason-not_yet = Off: it has not begun, or was never shown to you.
choices-reason-trip_ended = Off: your yes was for a trip that is over.
choices-reason-notice_changed = Off: it changed, and needs your yes anew.
choices-reason-category_excluded = Off: you left this kind of data out.
choices-reason-person_unknown = Off: the car does not know who drives, or who is aboard.
choices-reason-other_person = Off: somebody else aboard has not agreed, or has stopped it.
choices-reason-assurance_low = Off: the car is not sure enough that it is you.
choices-reason-objected = Off: you objected.
choices-reason-restricted = Off: you restricted it.
choices-reason-paused = Off: it is on pause.
choices-reason-condition_unmet = Off: what it waits for has not happened.
choices-reason-condition_unmet-parked = Off: it runs only while the car is parked.
choices-reason-condition_unmet-call = Off: nobody in the car is calling for help.
choices-reason-condition_unmet-theft = Off: no theft is declared.
choices-reason-zone = Off: this is a private place, or the end of a trip.
choices-reason-clock_untrusted = Off: the car's clock cannot be trusted.
choices-reason-late = Off: it was measured before you allowed it.
choices-reason-no_catalog = Off: the car has no list of uses yet.
choices-reason-not_lawful = Off: the gate forbids it, whatever anybody decides.
choices-reason-no_key = Off: the car has no key left to send it with.
choices-reason-store_failed = Off: the gate cannot write down what would leave.
choices-reason-gone = Off: this use is on the list no more.
choices-reason-unknown = Off: { $reason }.

## What a touch did
choices-done-given = Allowed: { $headline }, until { $date }.
choices-done-given-open = Allowed: { $headline }.
choices-done-refused = You said no. { $destroyed }
choices-done-withdrawn = Stopped. { $destroyed } Being told: { $recipient }.
choices-done-withdrawn-erase = Stopped. { $destroyed } Being told, and asked to erase: { $recipient }.
choices-done-objected = You objected. It has stopped. { $destroyed } Being told: { $recipient }.
choices-done-restricted = Restricted. It has stopped. { $destroyed } Being told: { $recipient }.
choices-done-destroyed = { $n ->
    [0] Nothing waited in the car.
    [one] 1 waiting measurement was destroyed.
   *[other] { $n } waiting measurements were destroyed.
}
choices-done-lifted = Lifted: { $headline }.
choices-done-all = { $uses ->
    [one] One use stopped. { $n } waiting measurements were destroyed. The recipient is being told.
   *[other] { $uses } uses stopped. { $n } waiting measurements were destroyed. The recipients are being told.
}
choices-done-all-erase = { $uses ->
    [one] One use stopped. { $n } waiting measurements were destroyed. The recipient is being told, and asked to erase.
   *[other] { $uses } uses stopped. { $n } waiting measurements were destroyed. The recipients are being told, and asked to erase.
}
choices-done-later = Nothing changed. You can decide here at any time.
choices-done-never = You said no. You are not asked again.

## What is left of a value
choices-rule-nothing = stays in the car
choices-rule-every = every value
choices-rule-capped = unchanged, at most every { $every }
choices-rule-rounded = rounded to { $step }
choices-rule-rounded-capped = rounded to { $step }, at most every { $every }
choices-rule-square = the square of { $cell } that it lies in, every { $every }
choices-rule-min = the smallest value of { $every }, to { $step }
choices-rule-max = the largest value of { $every }, to { $step }
choices-rule-mean = the mean of { $every }, to { $step }
choices-rule-count = how many values there were in { $every }
choices-rule-drops_below = how often it fell below { $below }, counted over { $every }
choices-rule-difference = the difference over { $every }, to { $step }
choices-rule-time_mean = the mean over { $every }, each value by how long it held, to { $step }
choices-rule-rises_to = how often it rose to { $below }, counted over { $every }
choices-rule-level = rounded to { $step }, from { $low } to { $high }
choices-rule-level-capped = rounded to { $step }, from { $low } to { $high }, at most every { $every }
choices-rule-level-changes = rounded to { $step }, from { $low } to { $high }, only when it changes
choices-rule-ranges = how much of { $every } fell into each of { $n } ranges
choices-rule-score = one score for { $every }
choices-rule-blurred = rounded to { $step } and blurred by chance, every { $every } (epsilon { $epsilon })
choices-rule-track = where the car was, every { $every }, never near a stop
choices-rule-track-square = the square of { $cell } that the car was in, every { $every }, never near a stop
choices-rule-event = where it happened, at most once in { $way }, never near a stop
choices-rule-moved = a place about { $by } away, the same for the same square, every { $every }
choices-rule-way-metres = how far the car drove in { $every }, to { $step }
choices-rule-way-cells = how many squares of 5 km the car touched in { $every }

## One use
choices-back = All choices
choices-state = How it stands
choices-stop = Stop
choices-stop-erase = Stop, and ask to erase
choices-stop-note = Stopping is one touch. To turn it on again you decide anew. Asking to erase also asks for what was sent before.
choices-object = Object
choices-object-note = You need no reason. It stops at once.
choices-restrict = Restrict
choices-restrict-note = The recipient keeps what it has and does nothing with it. Nothing new leaves.
choices-lift = Lift
choices-lift-note = Lifting lets it run again where it needs no yes. Where it needs one, you can decide anew.
choices-rights = Your rights here
choices-pause-title = Pause this use
choices-change = Change what you allowed
choices-change-note = A change is a new decision. The old yes ends at once.
choices-change-send = Allow these terms
choices-change-long = How long?
choices-change-keep = As now, until { $date }
choices-change-each = Each time, after my look
choices-change-trip-each = Each time, before I drive off
choices-change-which = Which kinds of data?
choices-decide-title = Decide
choices-decide-again = Decide anew
choices-no-profile = A guest cannot allow anything. Choose your profile first.
choices-deployer = The employer or lessor cannot be given a yes here. It needs an agreement.
choices-see = What it may see
choices-see-caption = Each value of the car that this use covers, and what is left of it at each step of precision
choices-see-signal = Value
choices-see-category = Kind of data
choices-see-tier = { $n }: { $reveals }
choices-see-now = allowed now
choices-explain = Why, right now
choices-explain-caption = For each kind of data, whether the gate lets it pass, and why not
choices-explain-verdict = Now
choices-explain-released = Leaves
choices-explain-awaiting = Waits for your look
choices-explain-withheld = Stays
choices-facts = All facts
choices-fact-condition = When it runs
choices-fact-everyone = Who must agree
choices-fact-assurance = How sure the car must be
choices-fact-linked = Pseudonym
choices-fact-version = Version
choices-condition-always = At any time
choices-condition-parked = Only while the car is parked
choices-condition-call = Only during a call from the car
choices-condition-theft_declared = Only after a theft is declared, for 72 hours
choices-everyone-yes = Everybody on an occupied seat
choices-everyone-no = Who drives
choices-assurance-none = It need not know who drives.
choices-assurance-low = It must have recognised you.
choices-assurance-high = It must be sure that it is you, by PIN, key or phone.
choices-assurance = To say yes: { $give } To run: { $active }
choices-linked-yes = What leaves carries a number for this car that only this recipient gets.
choices-linked-no = What leaves carries no number that links one trip with another.
choices-version = Revision { $revision }, list of uses { $catalog }
choices-history = What happened
choices-history-caption = The newest entries of the record about this use
choices-history-when = When
choices-history-what = What
choices-history-none = Nothing about this use is on record.
choices-history-more = The whole record
choices-counts = Values that left: { $sent } · Measurements: { $waiting } wait, { $withheld } stayed, { $destroyed } destroyed
choices-data = See what left
choices-action-requested = The car asked.
choices-action-deferred = Put off.
choices-action-given = Allowed.
choices-action-renewed = Renewed.
choices-action-refused = Refused.
choices-action-withdrawn = Stopped.
choices-action-expired = Ended by its date.
choices-action-trip_ended = Ended with the trip.
choices-action-suspended = Suspended, since it changed.
choices-action-narrowed = Narrowed.
choices-action-objected = Objected.
choices-action-restricted = Restricted.
choices-action-lifted = Objection or restriction lifted.
choices-action-paused = Paused.
choices-action-resumed = Resumed.
choices-action-stopped_by_occupant = Stopped by somebody aboard.
choices-action-review_sent = Looked at, and sent.
choices-action-review_destroyed = Looked at, and destroyed.
choices-action-answer = The recipient answered about erasing.
choices-action-other = Noted.

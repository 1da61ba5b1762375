# data

# Drawings
draw-no-position = No position left here.
draw-no-value = No number to draw here.
draw-track = Positions
draw-track-cells =
    { $n ->
        [one] One position, as the square that it lies in, { $km } km wide. Where in the square you were did not leave.
       *[other] { $n } positions, as the squares that they lie in, { $km } km wide. Where in a square you were did not leave.
    }
draw-track-points =
    { $n ->
        [one] One position.
       *[other] { $n } positions, joined in the order of time.
    }
draw-chart =
    { $n ->
        [one] One value of { $signal } over time.
       *[other] { $n } values of { $signal } over time.
    }
draw-sent = as it left
draw-would-leave = as it would leave
draw-original = before the gate
draw-north = N
draw-start =
    { $end ->
        [cut] First position that left. The way before it stayed in the car.
       *[whole] First position.
    }
draw-end =
    { $end ->
        [cut] Last position that left. The way after it stayed in the car.
       *[whole] Last position.
    }
draw-more =
    { $n ->
        [one] One more signal
       *[other] { $n } more signals
    }
draw-yes = yes
draw-no = no

# Everything that left
data-title = My data
data-lead = Everything of yours that left this car through this gate, exactly as it was sent.
data-empty-title = Nothing here
data-empty = Nothing of yours has left through this gate.
data-empty-filter = Nothing of yours left in this part. Choose another one above.
data-empty-use = Nothing of yours has left for this.
data-filter = To whom
data-filter-all = Everyone
data-filter-time = When
data-filter-ever = At any time
data-filter-day = Last 24 hours
data-filter-week = Last 7 days
data-filter-month = Last 30 days
data-filter-use = For what
data-older = Older
data-values-left =
    { $n ->
        [one] One value left.
       *[other] { $n } values left.
    }
data-refused = refused by the recipient
data-accepted = received
data-unreadable = This car cannot open its own copy any more. What left is known by its digest only.
data-look = Look at it
data-left-as = As it left: { $reveals }
data-seen = What the recipient could see
data-original-held = Grey is what it was before the gate. It is in memory only, and goes when the trip ends.
data-original-gone = What it was before the gate is not kept: no trip is in memory.
data-values = The values as they left
data-batches = Batch by batch
data-table =
    { $of ->
        [one] One value, exactly as it left
       *[other] { $n } of { $of } values, exactly as they left
    }
data-time = Time
data-signal = Signal
data-value = Value
data-count = Values
data-state = State
data-answered = Answered
data-stream = Stream
data-number = number { $n }
data-digest = Digest
data-copy = Take it with you
data-copy-text = Everything is in the file, however much it is. Whoever has the file can read it.
data-copy-consents = My consents

# What recipients say
data-says = What recipients say
data-says-text = Each signs what it holds, derived, did and deleted. This gate passes on what they say. It cannot look into their computers.
data-says-nothing = Nothing of this car left through this gate for { $names }.
data-says-one = What { $name } says
data-silent = has not answered
data-silent-text = There is no signed report of the last 30 days here. Ask { $name }: { $contact }.
data-signed = Signed on { $when }.
data-holds = Holds
data-held =
    { $n ->
        [0] nothing
        [one] one value
       *[other] { $n } values
    }
data-held-since =
    { $n ->
        [one] one value, of { $since }
       *[other] { $n } values, the oldest of { $since }
    }
data-derived = Worked out from it
data-derived-more =
    { $n ->
        [one] One more
       *[other] { $n } more
    }
data-used = Last used
data-not-said = It did not say.
data-deleted = Deleted
data-deleted-count =
    { $n ->
        [0] nothing yet
        [one] one value
       *[other] { $n } values
    }
data-deleted-when =
    { $n ->
        [one] one value, last on { $when }
       *[other] { $n } values, last on { $when }
    }
data-benefit = What you got
data-erasure-asked = Asked on { $when } to erase: { $use }
data-erasure-waits = { $name } has not answered yet
data-erasure-answered =
    { $n ->
        [one] { $name } has answered: erased in { $erased } of { $n } system.
       *[other] { $name } has answered: erased in { $erased } of { $n } systems.
    }
data-system-erased = erased
data-system-not = not erased yet

# Erase
data-erase = Ask to erase
data-erase-use = Stop and erase
data-erase-use-text = This ends your consent for this purpose. The car's copies are destroyed, and { $name } is asked to erase what it holds. Its signed answer appears here.
data-erase-law = The law makes the car send this. What you may refuse stands on Choices. For what { $name } keeps, ask there: { $contact }.
data-erase-done = Stopped. The car's copies are destroyed. The recipient is being told to erase; its answer appears here.
data-erase-recipient = Stop and erase everything there
data-erase-recipient-text = This ends everything that you allowed { $name }. The car's copies are destroyed, and { $name } is asked to erase all that it holds of you.
data-erase-recipient-done =
    { $n ->
        [one] One purpose stopped. The car's copies are destroyed. The recipient is being told to erase.
       *[other] { $n } purposes stopped. The car's copies are destroyed. The recipient is being told to erase.
    }
data-erase-all = Erase everything of mine
data-erase-all-text = Your profile, your consents and all copies in this car; every recipient is asked to erase too.
data-erase-all-next = What would go
data-erase-all-lead = This cannot be undone.
data-erase-all-1 = Every consent that you gave ends.
data-erase-all-2 = All copies in this car are destroyed: what left, what waits, what your entries in the ledger say. The chain keeps their places.
data-erase-all-3 = Every recipient is asked to erase what it holds. Requests that are still owed stay in the car without your name, at most 90 days.
data-erase-all-4 = Your profile goes. You drive on as a guest; nothing optional leaves.
data-erase-all-copy = Take a copy first if you want to keep one. Receipts that you kept stay good.
data-erase-all-back = Back
data-erase-all-now = Erase everything of mine
data-erase-all-done = Erased. Recipients are being told. You drive as a guest now.

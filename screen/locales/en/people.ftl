# people

## Who is here
people-title = People
people-driver-nobody = Nobody is at the wheel.
people-driver-guest = A guest drives.
people-driver-none = { $name } is at the wheel, as the car was told. It has not recognised anybody.
people-driver-low = The car takes you for { $name }. It is not sure.
people-driver-high = The car is sure that you are { $name }.
people-guest-means = For a guest everything optional stays in the car. A guest can call for help at the roadside.
people-own = My profile
people-aboard = Who else is aboard
people-alone = The car knows of nobody else.
people-a-guest = A guest
people-stop = Not while I'm aboard
people-stop-text = Whoever is aboard can stop where you are and how the car is driven from leaving, for this trip. No profile, no reason.
people-stopped = Stopped for this trip
people-stopped-text = Somebody aboard stopped it. Where you are and how the car is driven stay in the car until the trip ends.

## Profiles
people-profiles = Profiles
people-no-profile = No profile yet
people-no-profile-text = Everybody who drives is a guest. Nothing optional leaves.
people-make = Make a profile
people-make-text = A profile holds what you decide. It stays in this car.
people-make-adult = For somebody of { $years } or older
people-make-minor = For somebody under { $years }
people-make-now = Make this profile
people-minor-means = Under { $years } nobody decides here, and nobody is asked. Nobody can say yes for a child.
people-name = Name
people-open = Open
people-mark-drives = drives
people-mark-aboard = aboard
people-mark-absent = not here
people-mark-minor = under age
people-mark-no-pin = no PIN
people-mark-locked = locked until { $time }
people-assurance-none = The car has not recognised this person now.
people-assurance-low = The car takes somebody aboard for this person. It is not sure.
people-assurance-high = The car is sure of this person, by PIN, key or phone.

## PIN
people-pin = PIN
people-pin-new = New PIN
people-pin-note = 4 to 12 digits.
people-pin-pad = Digits
people-pin-clear = Delete all digits
people-pin-back = Delete the last digit
people-pin-first = Set a PIN
people-pin-change = Change the PIN
people-pin-text = With the PIN the car is sure that it is you. It stays in this car, and nobody can read it.
people-pin-set = Set this PIN
people-pin-needs-key = The car takes you for this person, and is not sure. With your own key or phone you can set a PIN here.
people-drive-title = Do you drive?
people-drive-text = Enter your PIN. Then the car is sure that it is you.
people-drive-text-no-pin = This profile has no PIN. The car takes you for this person, and is not sure. You can stop everything, and allow nothing that needs proof.
people-drive = { $name } drives
people-unlock-title = Unlock
people-unlock-text = To allow something, or to see your data, the car must be sure that it is you.
people-unlock = Unlock

## Language
people-language = Language
people-language-title = Language
people-language-text = In this language you are asked, and this page speaks to you.
people-language-set = Set this language

## Ending
people-withdraw = Stop everything, although you are not in the car
people-withdraw-text = With your PIN every yes of yours ends. Each recipient is told.
people-withdraw-all = Stop everything
people-withdraw-erase = Stop, and ask all to erase
people-erase = Erase this profile
people-erase-text = Your profile, your decisions, what left and what waits go from this car. Recipients are asked to erase what they have.
people-erase-open = Erase this profile
people-erase-now = Erase everything of { $name } now
people-erase-needs-pin = To erase this profile the car must be sure of the person. Drive as that person with your own key or phone.
people-erase-minor = A profile under age has no PIN. That person can erase it, or an adult driver of whom the car is sure.

## The whole car
people-car = The whole car
people-needs-proof = The car must be sure who you are. Unlock your profile with your PIN first.
people-theft = The car is stolen
people-theft-text = After you declare a theft the recovery desk sees where the car is, for 72 hours. Begin and end stand in the record of every profile.
people-theft-until = Declared until { $date }
people-theft-begin = Declare a theft
people-theft-renew = 72 hours more
people-theft-end = End it
people-private = Private trip
people-private-text = During a private trip nothing leaves that rests on the agreement with the employer. It ends with the trip.
people-private-now = A private trip is under way
people-private-begin = Begin a private trip
people-private-end = End the private trip
people-over = The car changes hands
people-over-text = When the car is sold or returned, everything of everybody goes.
people-hand-over = Hand over
people-take-over = Take over
people-hand-over-title = Hand the car over
people-hand-over-text = Sold or returned: everything of everybody goes from this car.
people-take-over-title = Take the car over
people-take-over-text = You bought this car. What the people before you left in it goes, without them.
people-buyer = You
people-buyer-text = You get the first profile of this car. Nothing is allowed in it.
people-will-go = What goes
people-will-profiles = { $n ->
    [0] No profile: there is none
    [one] 1 profile with its PIN and everything decided in it
   *[other] { $n } profiles with their PINs and everything decided in them
}
people-will-consents = Every yes that anybody gave
people-will-batches = Everything that waits in the car
people-will-record = What left, and what stands about people in the record
people-will-told = Every recipient that got anything is told to erase what it has.
people-will-stay = The car keeps which erasures are still owed, by number and without a name, for 90 days at most.
people-over-now = Erase everything now
people-gone = Everything is gone
people-not-gone = Nothing was erased
people-gone-nothing = There is nothing to tell.
people-gone-profiles = { $n ->
    [one] 1 profile is gone.
   *[other] { $n } profiles are gone.
}
people-gone-consents = { $n ->
    [one] 1 yes has ended.
   *[other] { $n } yeses have ended.
}
people-gone-batches = { $n ->
    [one] 1 waiting batch is destroyed.
   *[other] { $n } waiting batches are destroyed.
}
people-gone-disclosures = { $n ->
    [one] The copy of 1 batch that left is erased here.
   *[other] The copies of { $n } batches that left are erased here.
}
people-gone-told = Told to erase: { $recipient }
people-gone-empty = There was nothing of anybody in this car.
people-gone-none-told = No recipient had anything. None needs to be told.
people-gone-owed = Who has not answered yet stands under Trust.

## What a touch did
people-done-made = There is a profile for { $name } now.
people-done-drives = { $name } drives.
people-done-unlocked = Unlocked for { $name }, for as long as they are aboard.
people-done-unlocked-absent = Unlocked for { $name }, for five minutes.
people-done-pin = The PIN is set.
people-done-language = The language is set.
people-done-withdrawn = Everything of { $name } has stopped. The recipients are being told.
people-done-withdrawn-erase = Everything of { $name } has stopped. The recipients are being told, and asked to erase.
people-done-erased = Everything of { $name } is gone from this car. The recipients are asked to erase.
people-done-theft = The theft is declared. It ends after 72 hours.
people-done-theft-over = The theft is over.
people-done-private = A private trip has begun.
people-done-private-over = The private trip is over.
people-refused-parked = the car is not parked
people-refused-pin-key = the car is not sure enough that it is you; a first PIN takes your own key or phone, or a profile that was just made
people-refused-erase-minor = only that person, or an adult driver of whom the car is sure, erases a profile under age
people-refused-pin = { $n ->
    [one] this is not the PIN; 1 more try
   *[other] this is not the PIN; { $n } more tries
}
people-refused-locked = too many tries; the PIN is locked until { $time }
people-invalid-pin = a PIN has 4 to 12 digits
people-invalid-name = a name has 1 to 40 characters
people-invalid-minor-pin = a profile under age has no PIN

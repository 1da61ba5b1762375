# base
## Dates, spans, lists
base-date = { $day } { $month } { $year }
base-date-time = { $day } { $month } { $year }, { $time }
base-month-1 = January
base-month-2 = February
base-month-3 = March
base-month-4 = April
base-month-5 = May
base-month-6 = June
base-month-7 = July
base-month-8 = August
base-month-9 = September
base-month-10 = October
base-month-11 = November
base-month-12 = December
base-month-short-1 = Jan
base-month-short-2 = Feb
base-month-short-3 = Mar
base-month-short-4 = Apr
base-month-short-5 = May
base-month-short-6 = Jun
base-month-short-7 = Jul
base-month-short-8 = Aug
base-month-short-9 = Sep
base-month-short-10 = Oct
base-month-short-11 = Nov
base-month-short-12 = Dec
base-weekday-1 = Monday
base-weekday-2 = Tuesday
base-weekday-3 = Wednesday
base-weekday-4 = Thursday
base-weekday-5 = Friday
base-weekday-6 = Saturday
base-weekday-7 = Sunday
base-today = today
base-yesterday = yesterday
base-tomorrow = tomorrow
base-just-now = just now
base-ago-seconds = { $n } s ago
base-ago-minutes = { $n ->
    [one] { $n } minute ago
   *[other] { $n } minutes ago
}
base-ago-hours = { $n ->
    [one] { $n } hour ago
   *[other] { $n } hours ago
}
base-ago-days = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}
base-in-seconds = in { $n } s
base-in-minutes = { $n ->
    [one] in { $n } minute
   *[other] in { $n } minutes
}
base-in-hours = { $n ->
    [one] in { $n } hour
   *[other] in { $n } hours
}
base-in-days = { $n ->
    [one] in { $n } day
   *[other] in { $n } days
}
base-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
base-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
base-years = { $n ->
    [one] { $n } year
   *[other] { $n } years
}
base-list = { $before } and { $last }

## Faults, and what touches of the screen itself did
base-fault-unrecorded = It is done, and not on disk yet. The gate keeps trying.
base-fault-locked = Unlock your profile first.
base-fault-driver_changed = Somebody else drives now. Nothing was done.
base-fault-not_found = There is nothing of that name here.
base-fault-invalid = The gate did not understand this: { $detail }.
base-fault-no_catalog = The car has no list of uses yet. Nothing leaves.
base-fault-silent = The gate does not answer. Try again.
base-outside-title = This page is closed
base-outside = Open this page on the car's screen.
base-outside-code = This entry was used already, or is older than a minute. Open the page on the car's screen again.
base-outside-how = The car opens it by itself. On an engineer's desk, consent-agent screen-code prints an address that opens it once.
base-too-many = Too many requests at once. Wait a second.
base-done-theme = The theme is set.
base-done-language = The page is in English now.

## Layout
base-title = { $page } · Privacy
base-skip = Skip to the content
base-places = Places
base-place-now = Now
base-place-requests = Requests
base-place-choices = Choices
base-place-data = My data
base-place-trust = Trust
base-open-requests = { $n ->
    [one] one waits for you
   *[other] { $n } wait for you
}
base-sub-requests = Requests
base-sub-reviews = Each time
base-sub-choices = Choices
base-sub-asking = How I am asked
base-sub-people = People
base-drives = { $name } drives
base-guest = A guest drives
base-nobody = Nobody at the wheel
base-not-me = Not me
base-profile = Choose a profile
base-location = Location leaves
base-display = Day, night, language
base-theme = Screen
base-theme-auto = As the car
base-theme-dark = Night
base-theme-light = Day
base-language = Language
base-pause = Pause
base-pause-scope = everything optional
base-resume = Resume
base-paused-resumed = Paused until you resume
base-paused-trip = Paused until this trip ends
base-paused-time = Paused until { $time }
base-pause-instead = Or instead:
base-pause-trip = This trip
base-pause-hour = One hour
base-pause-until_resumed = Until I resume
base-mark-outside = outside
base-on = On
base-off = Off
base-close = Close
base-store-failed = The gate is shut. It cannot write to its disk, and keeps trying. What you stop is stopped; it is not yet recorded.
base-clock-untrusted = The gate does not trust its clock. Until it does, nothing that rests on your yes leaves, and nothing new can be allowed.
base-no-catalog-title = Nothing leaves
base-no-catalog = The car has no list of uses yet. It comes with the next connection. Until then the gate is shut.
base-offline = The gate does not answer. This is what we last knew, as of { $time }.
base-stale = The gate restarted { $n } s ago. This page shows how it stands now.
base-locked-title = This opens only for you
base-fault-title = This did not work
base-fault-back = Back to Now

## What the gate refuses
base-refusal-parked = Park first: gear P, or the parking brake and five seconds standing still.
base-refusal-driver = The car does not know who drives. Choose a profile first.
base-refusal-person = There is no such profile in this car.
base-refusal-aboard = This person is not aboard. Their PIN can do it.
base-refusal-proof = The car must know you surely for this. Unlock your profile with its PIN.
base-refusal-pin-form = A PIN has 4 to 12 digits.
base-refusal-minor-pin = A profile of a child has no PIN.
base-refusal-no-pin = This profile has no PIN yet. Set one first.
base-refusal-pin-wrong = That is not the PIN.
base-refusal-pin-locked = There were too many wrong PINs. Wait a while.
base-refusal-again = This could not be done at this moment. Try again.
base-refusal-name = A name has 1 to 40 characters.
base-refusal-employer = Private trips are for an employer's car. Here, pause.
base-refusal-full = There is no room for another one. Take one away first.
base-refusal-nobody = Nobody of that kind is aboard.
base-refusal-unknown = The car has no such use any more.
base-refusal-request = This request is not open any more.
base-refusal-not-consent = This does not rest on your yes. You can object to it or restrict it.
base-refusal-law = The law demands this and leaves no choice.
base-refusal-minor = A child gives no consent, and nobody else gives it in their place.
base-refusal-no-category = Choose at least one kind of data, or decline.
base-refusal-language = The texts do not exist in your language. It is not asked.
base-refusal-deployer = This recipient may not ask you: you could not say no freely.
base-refusal-clock = The clock was set back or never set. Nothing new can be allowed until it is right.
base-refusal-given = You allow this already.
base-refusal-not-given = You did not allow this; there is nothing to stop.
base-refusal-not-objected = You did not object to this; there is nothing to lift.
base-refusal-not-paused = This is not paused.
base-refusal-other = The gate did not do this. Nothing was changed.

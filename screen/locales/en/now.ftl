# now

now-windows = Since when
now-window-trip = This trip
now-window-day = 24 hours
now-window-week = 7 days
now-left = { $n ->
    [one] One recipient got something.
   *[other] { $n } recipients got something.
}
now-nothing-since = Through this gate, nothing has left since { $since }.
now-nothing-yet = Through this gate, nothing has left yet.
now-not-counted = The gate cannot say at the moment what left. It is counted all the same.
now-only-this-gate = This page sees only this gate.
now-beyond = Phones, dongles and other modems in the car are beyond it.
now-goes-on = { $n ->
    [one] One use goes on: by law, or because you called.
   *[other] { $n } uses go on: by law, or because you called.
}

## The picture
now-picture = What the car knows, and what left it
now-knows = The car knows
now-got-trip = Left this trip
now-got-day = Left in 24 hours
now-got-week = Left in 7 days
now-gate-sharing = Gate
now-gate-paused = Paused
now-gate-nothing = Gate
now-gate-shut = Shut
now-lane-location = Where you go
now-lane-driving = How you drive
now-lane-cabin = People in the car
now-lane-vehicle = More about the car
now-said = { $n ->
    [one] { $reveals }, once
   *[other] { $reveals }, { $n } times
}
now-more-uses = { $n ->
    [one] and one more use
   *[other] and { $n } more uses
}
now-earlier-recipient = A recipient of an earlier catalog
now-earlier-use = what an earlier catalog allowed ({ $use })
now-quiet = { $n ->
    [one] Got nothing:
   *[other] { $n } got nothing:
}
now-nobody = Nothing.
now-quiet-all = { $n ->
    [one] The only recipient got nothing.
   *[other] None of the { $n } recipients got anything.
}
now-guest = A guest allows nothing, so nothing optional leaves. A guest can pause, stop location and driving, and call the roadside club. Choose a profile to allow something.
now-flow-live = leaves
now-flow-waits = waits for you
now-flow-paused = paused
now-flow-off = stopped
now-flow-stays = stays

## The table
now-table-title = In numbers
now-table-trip = What left through this gate since { $since }, when the trip began
now-table-day = What left through this gate since { $since }
now-table-week = What left through this gate since { $since }
now-table-empty = Nothing left in this time.
now-column-use = Use
now-column-to = To
now-column-what = What was revealed
now-column-times = Values
now-column-batches = Batches
now-rank-none = nothing
now-rank-aggregate = counts and scores
now-rank-coarse = rounded, or on a grid
now-rank-exact = as measured
now-stayed = Stayed in the car:
now-running-connections = Connections
now-running-hellos = Greetings
now-running-statements = Statements of consent
now-running-polls = Questions for a new catalog
now-running-since = Counted since the gate was first started.

## The panel
now-panel-left-trip = This trip
now-panel-left-day = 24 hours
now-panel-left-week = 7 days
now-panel-nothing = Nothing left.
now-panel-span = { $batches ->
    [one] { $first } to { $last }, in one batch
   *[other] { $first } to { $last }, in { $batches } batches
}
now-panel-benefit = Benefit
now-panel-reason = Reason
now-panel-given = Your yes
now-panel-from-until = { $from } to { $until }
now-panel-law = Law
now-panel-says = The recipient says
now-says-nothing = It has not answered.
now-says-held = { $n ->
    [0] It holds nothing. It has deleted { $deleted } values.
    [one] It holds one value. It has deleted { $deleted }.
   *[other] It holds { $n } values. It has deleted { $deleted }.
}
now-says-used = It used them for "{ $what }".
now-says-derived = It worked out:
now-says-benefit = It gave you "{ $what }".
now-says-signed = Signed by the recipient { $when }. The gate cannot check what it says.
now-panel-stop = Stop
now-panel-terms = Terms
now-panel-data = What left, value by value
now-panel-others = { $n ->
    [one] One more use of this recipient
   *[other] { $n } more uses of this recipient
}

## While driving
now-driving-sharing = Something leaves
now-driving-paused = Paused
now-driving-nothing = Nothing leaves
now-driving-shut = Gate shut
now-driving-shut-store = Nothing leaves until the gate can write to its disk.
now-driving-shut-catalog = Nothing leaves until the car has its list of uses.
now-driving-stopped = Location and driving stay in the car for this trip.
now-stop-aboard = Not while I'm aboard

## What a touch did
now-done-paused-trip = Paused until this trip ends.
now-done-paused-hour = Paused for one hour.
now-done-paused-until_resumed = Paused until you resume.
now-done-resumed = Resumed. What you allowed may leave again.
now-done-stopped = Location and driving stay in the car for this trip.
now-done-not-me = The car now takes the driver for a guest. Nothing optional leaves.

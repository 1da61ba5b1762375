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

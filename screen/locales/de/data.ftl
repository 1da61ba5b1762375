# data

# Drawings
draw-no-position = Hier ist kein Ort abgegangen.
draw-no-value = Hier gibt es keine Zahl zu zeichnen.
draw-track = Orte
draw-track-cells =
    { $n ->
        [one] Ein Ort, gezeigt als das Quadrat, in dem er liegt, { $km } km breit. Wo im Quadrat Sie waren, blieb im Auto.
       *[other] { $n } Orte, gezeigt als die Quadrate, in denen sie liegen, { $km } km breit. Wo im Quadrat Sie waren, blieb im Auto.
    }
draw-track-points =
    { $n ->
        [one] Ein Ort.
       *[other] { $n } Orte, in der Reihenfolge der Zeit verbunden.
    }
draw-chart =
    { $n ->
        [one] Ein Wert von { $signal } über die Zeit.
       *[other] { $n } Werte von { $signal } über die Zeit.
    }
draw-sent = wie abgegangen
draw-original = vor der Schranke
draw-north = N
draw-start =
    { $end ->
        [cut] Erster Ort, der das Auto verließ. Der Weg davor blieb im Auto.
       *[whole] Erster Ort.
    }
draw-end =
    { $end ->
        [cut] Letzter Ort, der das Auto verließ. Der Weg danach blieb im Auto.
       *[whole] Letzter Ort.
    }
draw-more =
    { $n ->
        [one] Ein weiteres Signal
       *[other] { $n } weitere Signale
    }
draw-yes = ja
draw-no = nein

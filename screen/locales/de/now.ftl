# now

now-windows = Seit wann
now-window-trip = Diese Fahrt
now-window-day = 24 Stunden
now-window-week = 7 Tage
now-left = { $n ->
    [one] Ein Empfänger bekam etwas.
   *[other] { $n } Empfänger bekamen etwas.
}
now-nothing-since = Durch diese Schranke ging seit { $since } nichts hinaus.
now-nothing-yet = Durch diese Schranke ging noch nichts hinaus.
now-not-counted = Die Schranke kann gerade nicht sagen, was hinausging. Gezählt wird es trotzdem.
now-only-this-gate = Diese Seite sieht nur diese Schranke.
now-beyond = Telefone, Stecker und andere Modems im Auto liegen jenseits davon.
now-goes-on = { $n ->
    [one] Eines läuft weiter: weil das Gesetz es verlangt oder Sie angerufen haben.
   *[other] { $n } laufen weiter: weil das Gesetz es verlangt oder Sie angerufen haben.
}

## Das Bild
now-picture = Was das Auto weiß und was hinausging
now-knows = Das weiß das Auto
now-got-trip = Auf dieser Fahrt hinaus
now-got-day = In 24 Stunden hinaus
now-got-week = In 7 Tagen hinaus
now-gate-sharing = Schranke
now-gate-paused = Pause
now-gate-nothing = Schranke
now-gate-shut = Zu
now-lane-location = Wohin Sie fahren
now-lane-driving = Wie Sie fahren
now-lane-cabin = Menschen im Auto
now-lane-vehicle = Mehr über das Auto
now-said = { $n ->
    [one] { $reveals }, einmal
   *[other] { $reveals }, { $n } Mal
}
now-more-uses = { $n ->
    [one] und noch eine Verwendung
   *[other] und { $n } weitere Verwendungen
}
now-earlier-recipient = Ein Empfänger aus einem früheren Katalog
now-earlier-use = was ein früherer Katalog erlaubte ({ $use })
now-quiet = { $n ->
    [one] Nichts bekommen hat:
   *[other] Nichts bekommen haben { $n }:
}
now-nobody = Nichts.
now-quiet-all = { $n ->
    [one] Der einzige Empfänger hat nichts bekommen.
   *[other] Keiner der { $n } Empfänger hat etwas bekommen.
}
now-guest = Ein Gast erlaubt nichts, also geht nichts Freiwilliges hinaus. Ein Gast kann pausieren, Ort und Fahrweise stoppen und den Pannenclub rufen. Wählen Sie ein Profil, um etwas zu erlauben.
now-flow-live = geht hinaus
now-flow-waits = wartet auf Sie
now-flow-paused = Pause
now-flow-off = gestoppt
now-flow-stays = bleibt

## Die Tabelle
now-table-title = In Zahlen
now-table-trip = Was seit { $since }, dem Beginn der Fahrt, durch diese Schranke hinausging
now-table-day = Was seit { $since } durch diese Schranke hinausging
now-table-week = Was seit { $since } durch diese Schranke hinausging
now-table-empty = In dieser Zeit ging nichts hinaus.
now-column-use = Verwendung
now-column-to = An
now-column-what = Was es verrät
now-column-times = Werte
now-column-batches = Sendungen
now-rank-none = nichts
now-rank-aggregate = Zahlen und Noten
now-rank-coarse = gerundet oder auf ein Raster
now-rank-exact = wie gemessen
now-stayed = Im Auto blieb:
now-running-connections = Verbindungen
now-running-hellos = Begrüßungen
now-running-statements = Angaben zu Einwilligungen
now-running-polls = Fragen nach einem neuen Katalog
now-running-since = Gezählt, seit die Schranke zum ersten Mal lief.

## Das Feld daneben
now-panel-left-trip = Diese Fahrt
now-panel-left-day = 24 Stunden
now-panel-left-week = 7 Tage
now-panel-nothing = Nichts ging hinaus.
now-panel-span = { $batches ->
    [one] { $first } bis { $last }, in einer Sendung
   *[other] { $first } bis { $last }, in { $batches } Sendungen
}
now-panel-benefit = Nutzen
now-panel-reason = Grund
now-panel-given = Ihr Ja
now-panel-from-until = { $from } bis { $until }
now-panel-law = Gesetz
now-panel-says = Der Empfänger sagt
now-says-nothing = Er hat nicht geantwortet.
now-says-held = { $n ->
    [0] Er hat nichts mehr. Gelöscht hat er { $deleted } Werte.
    [one] Er hat einen Wert. Gelöscht hat er { $deleted }.
   *[other] Er hat { $n } Werte. Gelöscht hat er { $deleted }.
}
now-says-used = Benutzt hat er sie für „{ $what }“.
now-says-derived = Errechnet hat er:
now-says-benefit = Sie bekamen dafür „{ $what }“.
now-says-signed = { $when } vom Empfänger unterschrieben. Ob es stimmt, kann die Schranke nicht prüfen.
now-panel-stop = Stoppen
now-panel-terms = Bedingungen
now-panel-data = Was hinausging, Wert für Wert
now-panel-others = { $n ->
    [one] Noch eine Verwendung dieses Empfängers
   *[other] { $n } weitere Verwendungen dieses Empfängers
}

## Während der Fahrt
now-driving-sharing = Etwas geht hinaus
now-driving-paused = Pause
now-driving-nothing = Nichts geht hinaus
now-driving-shut = Schranke zu
now-driving-shut-store = Nichts geht hinaus, bis die Schranke wieder speichern kann.
now-driving-shut-catalog = Nichts geht hinaus, bis das Auto seine Liste der Verwendungen hat.
now-driving-stopped = Ort und Fahrweise bleiben auf dieser Fahrt im Auto.
now-stop-aboard = Nicht, solange ich mitfahre

## Was eine Berührung bewirkt hat
now-done-paused-trip = Pause bis zum Ende dieser Fahrt.
now-done-paused-hour = Pause für eine Stunde.
now-done-paused-until_resumed = Pause, bis Sie fortsetzen.
now-done-resumed = Fortgesetzt. Was Sie erlaubt haben, darf wieder hinaus.
now-done-stopped = Ort und Fahrweise bleiben auf dieser Fahrt im Auto.
now-done-not-me = Das Auto hält die Person am Steuer jetzt für einen Gast. Nichts Freiwilliges geht hinaus.

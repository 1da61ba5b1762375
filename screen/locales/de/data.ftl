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
draw-would-leave = so ginge es ab
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

# Everything that left
data-title = Meine Daten
data-lead = Alles von Ihnen, was dieses Auto durch diese Schranke verlassen hat, genau so, wie es gesendet wurde.
data-empty-title = Hier ist nichts
data-empty = Nichts von Ihnen hat das Auto durch diese Schranke verlassen.
data-empty-filter = In diesem Teil hat nichts von Ihnen das Auto verlassen. Wählen Sie oben einen anderen.
data-empty-use = Dafür hat nichts von Ihnen das Auto verlassen.
data-filter = An wen
data-filter-all = Alle
data-filter-time = Wann
data-filter-ever = Seit jeher
data-filter-day = 24 Stunden
data-filter-week = 7 Tage
data-filter-month = 30 Tage
data-filter-use = Wofür
data-older = Ältere
data-values-left =
    { $n ->
        [one] Ein Wert hat das Auto verlassen.
       *[other] { $n } Werte haben das Auto verlassen.
    }
data-refused = vom Empfänger abgelehnt
data-accepted = angekommen
data-unreadable = Das Auto kann seine eigene Kopie nicht mehr öffnen. Was gesendet wurde, ist nur noch am Prüfwert zu erkennen.
data-look = Ansehen
data-left-as = So ging es hinaus: { $reveals }
data-seen = Was der Empfänger sehen konnte
data-original-held = Grau ist, was es vor der Schranke war. Es steht nur im Arbeitsspeicher und verschwindet, wenn die Fahrt endet.
data-original-gone = Was es vor der Schranke war, wird nicht aufbewahrt: Keine Fahrt ist im Speicher.
data-values = Die Werte, wie sie gesendet wurden
data-batches = Sendung für Sendung
data-table =
    { $of ->
        [one] Ein Wert, genau so, wie er gesendet wurde
       *[other] { $n } von { $of } Werten, genau so, wie sie gesendet wurden
    }
data-time = Zeit
data-signal = Signal
data-value = Wert
data-count = Werte
data-state = Stand
data-answered = Beantwortet
data-stream = Strom
data-number = Nummer { $n }
data-digest = Prüfwert
data-copy = Zum Mitnehmen
data-copy-text = In der Datei steht alles, wie viel es auch ist. Wer die Datei hat, kann sie lesen.
data-copy-consents = Meine Einwilligungen

# What recipients say
data-says = Was die Empfänger sagen
data-says-text = Jeder unterschreibt, was er hat, was er daraus errechnet, getan und gelöscht hat. Die Schranke gibt weiter, was sie sagen. In ihre Rechner kann sie nicht sehen.
data-says-nothing = Durch diese Schranke ging aus diesem Auto nichts an { $names }.
data-says-one = Was { $name } sagt
data-silent = hat nicht geantwortet
data-silent-text = Hier liegt kein unterschriebener Bericht aus den letzten 30 Tagen. Fragen Sie { $name }: { $contact }.
data-signed = Unterschrieben am { $when }.
data-holds = Hat
data-held =
    { $n ->
        [0] nichts
        [one] einen Wert
       *[other] { $n } Werte
    }
data-held-since =
    { $n ->
        [one] einen Wert, vom { $since }
       *[other] { $n } Werte, den ältesten vom { $since }
    }
data-derived = Daraus errechnet
data-derived-more =
    { $n ->
        [one] Ein weiterer Wert
       *[other] { $n } weitere Werte
    }
data-used = Zuletzt genutzt
data-not-said = Dazu sagt er nichts.
data-deleted = Gelöscht
data-deleted-count =
    { $n ->
        [0] noch nichts
        [one] ein Wert
       *[other] { $n } Werte
    }
data-deleted-when =
    { $n ->
        [one] ein Wert, zuletzt am { $when }
       *[other] { $n } Werte, zuletzt am { $when }
    }
data-benefit = Was Sie davon hatten
data-erasure-asked = Am { $when } gebeten zu löschen: { $use }
data-erasure-waits = { $name } hat noch nicht geantwortet
data-erasure-answered =
    { $n ->
        [one] { $name } hat geantwortet: in { $erased } von { $n } System gelöscht.
       *[other] { $name } hat geantwortet: in { $erased } von { $n } Systemen gelöscht.
    }
data-system-erased = gelöscht
data-system-not = noch nicht gelöscht

# Erase
data-erase = Löschen lassen
data-erase-use = Beenden und löschen
data-erase-use-text = Ihre Einwilligung dafür endet. Die Kopien im Auto werden vernichtet, und { $name } wird gebeten zu löschen, was dort liegt. Die unterschriebene Antwort erscheint hier.
data-erase-law = Das Gesetz verlangt, dass das Auto dies sendet. Was Sie ablehnen dürfen, steht unter Auswahl. Für das, was { $name } aufbewahrt, fragen Sie dort: { $contact }.
data-erase-done = Beendet. Die Kopien im Auto sind vernichtet. Der Empfänger wird gebeten zu löschen; seine Antwort erscheint hier.
data-erase-recipient = Beenden und dort alles löschen
data-erase-recipient-text = Alles endet, was Sie { $name } erlaubt haben. Die Kopien im Auto werden vernichtet, und { $name } wird gebeten, alles von Ihnen zu löschen.
data-erase-recipient-done =
    { $n ->
        [one] Ein Zweck ist beendet. Die Kopien im Auto sind vernichtet. Der Empfänger wird gebeten zu löschen.
       *[other] { $n } Zwecke sind beendet. Die Kopien im Auto sind vernichtet. Der Empfänger wird gebeten zu löschen.
    }
data-erase-all = Alles von mir löschen
data-erase-all-text = Ihr Profil, Ihre Einwilligungen und alle Kopien in diesem Auto; auch jeder Empfänger wird gebeten zu löschen.
data-erase-all-next = Was gelöscht würde
data-erase-all-lead = Das lässt sich nicht rückgängig machen.
data-erase-all-1 = Alles endet, was Sie erlaubt haben.
data-erase-all-2 = Alle Kopien in diesem Auto werden vernichtet: was gesendet wurde, was noch wartet, was Ihre Einträge im Verzeichnis sagen. Ihre Plätze in der Kette bleiben.
data-erase-all-3 = Jeder Empfänger wird gebeten zu löschen, was dort liegt. Was davon noch aussteht, bleibt ohne Ihren Namen im Auto, höchstens 90 Tage.
data-erase-all-4 = Ihr Profil verschwindet. Sie fahren als Gast weiter; nichts Freiwilliges verlässt das Auto.
data-erase-all-copy = Nehmen Sie vorher eine Kopie mit, wenn Sie eine behalten wollen. Belege, die Sie haben, gelten weiter.
data-erase-all-back = Zurück
data-erase-all-now = Alles von mir löschen
data-erase-all-done = Gelöscht. Die Empfänger werden gebeten zu löschen. Sie fahren jetzt als Gast.

# choices

## The list
choices-title = Meine Auswahl
choices-lead = { $n ->
    [0] Nichts Freiwilliges ist an.
    [one] 1 von { $all } freiwilligen Verwendungen ist an.
   *[other] { $n } von { $all } freiwilligen Verwendungen sind an.
}
choices-guest = Das Auto weiß nicht, wer fährt. Alles Freiwillige bleibt im Auto.
choices-none = Nichts zu entscheiden
choices-none-text = Die Liste dieses Autos hat keine freiwillige Verwendung. Nichts Freiwilliges geht hinaus.
choices-group-manufacturer = Der Hersteller Ihres Autos
choices-group-manufacturer-note = Der Hersteller selbst sammelt, speichert und nutzt das.
choices-group-outside = Externe Empfänger
choices-group-outside-note = Andere als der Hersteller. Jeder fragt für sich und wird für sich gestoppt.
choices-group-law = Nach Gesetz oder Vertrag
choices-group-law-note = Das braucht kein Ja. Wo Sie ablehnen können, tut es der Schalter.
choices-details = Einzelheiten
choices-decide = Bedingungen ansehen und entscheiden
choices-fixed = Immer an
choices-on-request = Wenn Sie rufen
choices-categories = Nach Art der Daten
choices-categories-note = Eine Pause hier stoppt diese Art von Daten für jede Verwendung. Was ein Gesetz verlangt, läuft weiter.
choices-category-allowed = { $n ->
    [0] Keine Verwendung darf das sehen, von { $all }, die es könnten.
    [one] 1 von { $all } Verwendungen darf das sehen.
   *[other] { $n } von { $all } Verwendungen dürfen das sehen.
}
choices-category-law = { $n ->
    [one] Eine davon verlangt ein Gesetz.
   *[other] { $n } davon verlangt ein Gesetz.
}
choices-about-driver = Über die Person, die fährt. Alle im Auto können es stoppen.
choices-about-cabin = Über alle im Auto. Alle müssen zugestimmt haben.
choices-about-vehicle = Über das Auto.
choices-gate-counts = Verbindungen: { $connections } · Mitteilungen über Ihre Entscheidungen: { $statements } · Fragen nach einer neuen Liste: { $polls }
choices-gate-note = Nichts davon sagt, wo Sie waren oder wie Sie fuhren.
choices-stop-all = Alles Freiwillige stoppen
choices-stop-all-text = Jedes Ja von Ihnen endet. Was im Auto wartet, wird vernichtet. Jeder Empfänger erfährt es.
choices-stop-all-button = Alles stoppen
choices-stop-all-erase = Stoppen, und alle sollen löschen

## How a use stands
choices-terms-until = { $reveals }, bis { $date }
choices-terms-trip = { $reveals }, für diese Fahrt
choices-terms-each = { $reveals }, jedes Mal nach Ihrem Blick darauf, bis { $date }
choices-terms-before = { $reveals }, auf jeder Fahrt, die Sie vorher erlauben, bis { $date }
choices-now-live = Geht hinaus
choices-now-awaits = Wartet auf Ihren Blick
choices-now-stays = Bleibt
choices-law-may-refuse = { $act }, { $article }. Sie dürfen ablehnen.
choices-law-fixed = { $act }, { $article }. Das Gesetz lässt keine Wahl.
choices-standing-not-decided = Sie haben noch nicht entschieden.
choices-standing-given = Sie haben das erlaubt.
choices-standing-each-time = Sie haben das erlaubt und sehen alles an, bevor es hinausgeht.
choices-standing-refused = Sie haben Nein gesagt.
choices-standing-withdrawn = Sie haben das gestoppt.
choices-standing-expired = Ihr Ja ist abgelaufen.
choices-standing-trip-ended = Ihr Ja galt für eine Fahrt, die vorbei ist.
choices-standing-suspended = Das hat sich geändert, seit Sie es erlaubt haben. Es braucht ein neues Ja.
choices-standing-objected = Sie haben widersprochen.
choices-standing-restricted = Sie haben das eingeschränkt.
choices-standing-call = Das läuft nur während eines Anrufs aus dem Auto.
choices-standing-theft = Das läuft nur, wenn ein Diebstahl gemeldet ist.
choices-standing-contract = Das gehört zu einem Dienst, der bestellt wurde.
choices-standing-law = Ein Gesetz verlangt das.
choices-standing-vital-interest = Es kann um Leben oder Gesundheit gehen.
choices-standing-legitimate-interest = Der Empfänger macht ein eigenes Interesse geltend.
choices-standing-unknown = Dieser Bildschirm kann nicht sagen, wie es steht.

## Why it is off now
choices-reason-no_consent = Aus: Sie haben es nicht erlaubt.
choices-reason-refused = Aus: Sie haben Nein gesagt.
choices-reason-withdrawn = Aus: Sie haben es gestoppt.
choices-reason-expired = Aus: Ihr Ja ist abgelaufen.
choices-reason-not_yet = Aus: Es hat noch nicht begonnen, oder Sie haben es noch nie gesehen.
choices-reason-trip_ended = Aus: Ihr Ja galt für eine Fahrt, die vorbei ist.
choices-reason-notice_changed = Aus: Es hat sich geändert und braucht ein neues Ja.
choices-reason-category_excluded = Aus: Diese Art von Daten haben Sie ausgenommen.
choices-reason-person_unknown = Aus: Das Auto weiß nicht, wer fährt oder wer mitfährt.
choices-reason-other_person = Aus: Jemand anderes im Auto hat nicht zugestimmt oder hat es gestoppt.
choices-reason-assurance_low = Aus: Das Auto ist nicht sicher genug, dass Sie es sind.
choices-reason-objected = Aus: Sie haben widersprochen.
choices-reason-restricted = Aus: Sie haben es eingeschränkt.
choices-reason-paused = Aus: Es macht Pause.
choices-reason-condition_unmet = Aus: Worauf es wartet, ist nicht geschehen.
choices-reason-condition_unmet-parked = Aus: Es läuft nur, solange das Auto parkt.
choices-reason-condition_unmet-call = Aus: Niemand im Auto ruft um Hilfe.
choices-reason-condition_unmet-theft = Aus: Kein Diebstahl ist gemeldet.
choices-reason-zone = Aus: Hier ist ein privater Ort oder das Ende einer Fahrt.
choices-reason-clock_untrusted = Aus: Der Uhr des Autos ist nicht zu trauen.
choices-reason-late = Aus: Es wurde gemessen, bevor Sie es erlaubt haben.
choices-reason-no_catalog = Aus: Das Auto hat noch keine Liste der Verwendungen.
choices-reason-not_lawful = Aus: Die Schranke verbietet es, was auch immer jemand entscheidet.
choices-reason-no_key = Aus: Das Auto hat keinen Schlüssel mehr, um es zu senden.
choices-reason-store_failed = Aus: Die Schranke kann nicht festhalten, was hinausgehen würde.
choices-reason-gone = Aus: Diese Verwendung steht nicht mehr auf der Liste.
choices-reason-unknown = Aus: { $reason }.

## What a touch did
choices-done-given = Erlaubt: { $headline }, bis { $date }.
choices-done-given-open = Erlaubt: { $headline }.
choices-done-refused = Sie haben Nein gesagt. { $destroyed }
choices-done-withdrawn = Gestoppt. { $destroyed } Das erfährt jetzt: { $recipient }.
choices-done-withdrawn-erase = Gestoppt. { $destroyed } Das erfährt jetzt und soll löschen: { $recipient }.
choices-done-objected = Sie haben widersprochen. Es ist gestoppt. { $destroyed } Das erfährt jetzt: { $recipient }.
choices-done-restricted = Eingeschränkt. Es ist gestoppt. { $destroyed } Das erfährt jetzt: { $recipient }.
choices-done-destroyed = { $n ->
    [0] Im Auto wartete nichts.
    [one] 1 Messung, die wartete, ist vernichtet.
   *[other] { $n } Messungen, die warteten, sind vernichtet.
}
choices-done-lifted = Aufgehoben: { $headline }.
choices-done-all = { $uses ->
    [one] Eine Verwendung ist gestoppt. Vernichtete Messungen: { $n }. Der Empfänger erfährt es jetzt.
   *[other] { $uses } Verwendungen sind gestoppt. Vernichtete Messungen: { $n }. Die Empfänger erfahren es jetzt.
}
choices-done-all-erase = { $uses ->
    [one] Eine Verwendung ist gestoppt. Vernichtete Messungen: { $n }. Der Empfänger erfährt es jetzt und soll löschen.
   *[other] { $uses } Verwendungen sind gestoppt. Vernichtete Messungen: { $n }. Die Empfänger erfahren es jetzt und sollen löschen.
}
choices-done-later = Nichts hat sich geändert. Hier können Sie jederzeit entscheiden.
choices-done-never = Sie haben Nein gesagt. Danach fragt das Auto nicht mehr.

## What is left of a value
choices-rule-nothing = bleibt im Auto
choices-rule-every = jeder Wert
choices-rule-capped = unverändert, höchstens alle { $every }
choices-rule-rounded = gerundet auf { $step }
choices-rule-rounded-capped = gerundet auf { $step }, höchstens alle { $every }
choices-rule-square = das Feld von { $cell }, in dem es liegt, alle { $every }
choices-rule-min = der kleinste Wert aus { $every }, auf { $step }
choices-rule-max = der größte Wert aus { $every }, auf { $step }
choices-rule-mean = das Mittel aus { $every }, auf { $step }
choices-rule-count = wie viele Werte es in { $every } gab
choices-rule-drops_below = wie oft es unter { $below } fiel, gezählt über { $every }
choices-rule-difference = der Unterschied über { $every }, auf { $step }
choices-rule-time_mean = das Mittel über { $every }, jeder Wert nach seiner Dauer, auf { $step }
choices-rule-rises_to = wie oft es auf { $below } stieg, gezählt über { $every }
choices-rule-level = gerundet auf { $step }, von { $low } bis { $high }
choices-rule-level-capped = gerundet auf { $step }, von { $low } bis { $high }, höchstens alle { $every }
choices-rule-level-changes = gerundet auf { $step }, von { $low } bis { $high }, nur wenn es sich ändert
choices-rule-ranges = wie viel von { $every } in jeden von { $n } Bereichen fiel
choices-rule-score = ein Punktwert für { $every }
choices-rule-blurred = gerundet auf { $step } und vom Zufall verwischt, alle { $every } (Epsilon { $epsilon })
choices-rule-track = wo das Auto war, alle { $every }, nie nahe einem Halt
choices-rule-track-square = das Quadrat von { $cell }, in dem das Auto war, alle { $every }, nie nahe einem Halt
choices-rule-event = wo es geschah, höchstens einmal auf { $way }, nie nahe einem Halt
choices-rule-moved = ein Ort etwa { $by } daneben, für dasselbe Quadrat derselbe, alle { $every }
choices-rule-way-metres = wie weit das Auto in { $every } fuhr, auf { $step }
choices-rule-way-cells = wie viele Quadrate von 5 km das Auto in { $every } berührte

## One use
choices-back = Ganze Auswahl
choices-state = Wie es steht
choices-stop = Stoppen
choices-stop-erase = Stoppen und löschen lassen
choices-stop-note = Stoppen ist eine Berührung. Wollen Sie es wieder, entscheiden Sie neu. Löschen betrifft auch, was schon gesendet wurde.
choices-object = Widersprechen
choices-object-note = Sie brauchen keinen Grund. Es stoppt sofort.
choices-restrict = Einschränken
choices-restrict-note = Der Empfänger behält, was er hat, und tut nichts damit. Neues geht nicht hinaus.
choices-lift = Aufheben
choices-lift-note = Danach darf es wieder laufen, wo es kein Ja braucht. Wo es eins braucht, können Sie neu entscheiden.
choices-rights = Ihre Rechte hier
choices-pause-title = Diese Verwendung pausieren
choices-change = Ändern, was Sie erlaubt haben
choices-change-note = Eine Änderung ist eine neue Entscheidung. Das alte Ja endet sofort.
choices-change-send = Diese Bedingungen erlauben
choices-change-long = Wie lange?
choices-change-keep = Wie jetzt, bis { $date }
choices-change-each = Jedes Mal, nach meinem Blick darauf
choices-change-trip-each = Jedes Mal, bevor ich losfahre
choices-change-which = Welche Arten von Daten?
choices-decide-title = Entscheiden
choices-decide-again = Neu entscheiden
choices-no-profile = Ein Gast kann nichts erlauben. Wählen Sie zuerst Ihr Profil.
choices-deployer = Arbeitgeber oder Vermieter können hier kein Ja bekommen. Dafür braucht es eine Vereinbarung.
choices-see = Was es sehen darf
choices-see-caption = Jeder Wert des Autos, den diese Verwendung umfasst, und was bei jeder Genauigkeit davon bleibt
choices-see-signal = Wert
choices-see-category = Art der Daten
choices-see-tier = { $n }: { $reveals }
choices-see-now = jetzt erlaubt
choices-explain = Warum gerade jetzt
choices-explain-caption = Für jede Art von Daten, ob die Schranke sie durchlässt, und warum nicht
choices-explain-verdict = Jetzt
choices-explain-released = Geht hinaus
choices-explain-awaiting = Wartet auf Ihren Blick
choices-explain-withheld = Bleibt
choices-facts = Alle Angaben
choices-fact-condition = Wann es läuft
choices-fact-everyone = Wer zustimmen muss
choices-fact-assurance = Wie sicher das Auto sein muss
choices-fact-linked = Pseudonym
choices-fact-version = Fassung
choices-condition-always = Jederzeit
choices-condition-parked = Nur solange das Auto parkt
choices-condition-call = Nur während eines Anrufs aus dem Auto
choices-condition-theft_declared = Nur wenn ein Diebstahl gemeldet ist, 72 Stunden lang
choices-everyone-yes = Alle auf einem besetzten Sitz
choices-everyone-no = Wer fährt
choices-assurance-none = Es muss nicht wissen, wer fährt.
choices-assurance-low = Es muss Sie erkannt haben.
choices-assurance-high = Es muss sicher sein, dass Sie es sind: durch PIN, Schlüssel oder Telefon.
choices-assurance = Für ein Ja: { $give } Zum Laufen: { $active }
choices-linked-yes = Was hinausgeht, trägt eine Nummer für dieses Auto, die nur dieser Empfänger bekommt.
choices-linked-no = Was hinausgeht, trägt keine Nummer, die eine Fahrt mit einer anderen verbindet.
choices-version = Revision { $revision }, Liste { $catalog }
choices-history = Was geschehen ist
choices-history-caption = Die neuesten Einträge im Protokoll zu dieser Verwendung
choices-history-when = Wann
choices-history-what = Was
choices-history-none = Zu dieser Verwendung steht nichts im Protokoll.
choices-history-more = Das ganze Protokoll
choices-counts = Werte, die hinausgingen: { $sent } · Messungen: { $waiting } warten, { $withheld } blieben, { $destroyed } vernichtet
choices-data = Ansehen, was hinausging
choices-action-requested = Das Auto hat gefragt.
choices-action-deferred = Verschoben.
choices-action-given = Erlaubt.
choices-action-renewed = Erneuert.
choices-action-refused = Abgelehnt.
choices-action-withdrawn = Gestoppt.
choices-action-expired = Abgelaufen.
choices-action-trip_ended = Mit der Fahrt beendet.
choices-action-suspended = Ausgesetzt, weil es sich geändert hat.
choices-action-narrowed = Enger gefasst.
choices-action-objected = Widersprochen.
choices-action-restricted = Eingeschränkt.
choices-action-lifted = Widerspruch oder Einschränkung aufgehoben.
choices-action-paused = Pausiert.
choices-action-resumed = Fortgesetzt.
choices-action-stopped_by_occupant = Von jemandem im Auto gestoppt.
choices-action-review_sent = Angesehen und gesendet.
choices-action-review_destroyed = Angesehen und vernichtet.
choices-action-answer = Der Empfänger hat zum Löschen geantwortet.
choices-action-other = Vermerkt.

# base

## Daten, Dauern, Listen
base-date = { $day }. { $month } { $year }
base-date-time = { $day }. { $month } { $year }, { $time }
base-month-1 = Januar
base-month-2 = Februar
base-month-3 = März
base-month-4 = April
base-month-5 = Mai
base-month-6 = Juni
base-month-7 = Juli
base-month-8 = August
base-month-9 = September
base-month-10 = Oktober
base-month-11 = November
base-month-12 = Dezember
base-month-short-1 = Jan.
base-month-short-2 = Feb.
base-month-short-3 = März
base-month-short-4 = Apr.
base-month-short-5 = Mai
base-month-short-6 = Juni
base-month-short-7 = Juli
base-month-short-8 = Aug.
base-month-short-9 = Sept.
base-month-short-10 = Okt.
base-month-short-11 = Nov.
base-month-short-12 = Dez.
base-weekday-1 = Montag
base-weekday-2 = Dienstag
base-weekday-3 = Mittwoch
base-weekday-4 = Donnerstag
base-weekday-5 = Freitag
base-weekday-6 = Samstag
base-weekday-7 = Sonntag
base-today = heute
base-yesterday = gestern
base-tomorrow = morgen
base-just-now = gerade eben
base-ago-seconds = vor { $n } s
base-ago-minutes = { $n ->
    [one] vor { $n } Minute
   *[other] vor { $n } Minuten
}
base-ago-hours = { $n ->
    [one] vor { $n } Stunde
   *[other] vor { $n } Stunden
}
base-ago-days = { $n ->
    [one] vor { $n } Tag
   *[other] vor { $n } Tagen
}
base-in-seconds = in { $n } s
base-in-minutes = { $n ->
    [one] in { $n } Minute
   *[other] in { $n } Minuten
}
base-in-hours = { $n ->
    [one] in { $n } Stunde
   *[other] in { $n } Stunden
}
base-in-days = { $n ->
    [one] in { $n } Tag
   *[other] in { $n } Tagen
}
base-hours = { $n ->
    [one] { $n } Stunde
   *[other] { $n } Stunden
}
base-days = { $n ->
    [one] { $n } Tag
   *[other] { $n } Tage
}
base-years = { $n ->
    [one] { $n } Jahr
   *[other] { $n } Jahre
}
base-list = { $before } und { $last }

## Was nicht geht, und was die Seite selbst getan hat
base-fault-unrecorded = Es ist geschehen, aber noch nicht gespeichert. Die Schranke versucht es weiter.
base-fault-locked = Entsperren Sie zuerst Ihr Profil.
base-fault-driver_changed = Jetzt fährt jemand anderes. Es wurde nichts geändert.
base-fault-not_found = Unter diesem Namen gibt es hier nichts.
base-fault-invalid = Das hat die Schranke nicht verstanden: { $detail }.
base-fault-no_catalog = Das Auto hat noch keine Liste der Verwendungen. Nichts geht hinaus.
base-fault-silent = Die Schranke antwortet nicht. Versuchen Sie es noch einmal.
base-outside-title = Diese Seite ist geschlossen
base-outside = Öffnen Sie diese Seite auf dem Bildschirm des Autos.
base-outside-code = Dieser Zugang wurde schon benutzt oder ist älter als eine Minute. Öffnen Sie die Seite noch einmal auf dem Bildschirm des Autos.
base-outside-how = Das Auto öffnet sie von selbst. Am Schreibtisch nennt consent-agent screen-code eine Adresse, die sie einmal öffnet.
base-too-many = Zu viele Anfragen auf einmal. Warten Sie eine Sekunde.
base-done-theme = Das Erscheinungsbild ist eingestellt.
base-done-language = Die Seite ist jetzt auf Deutsch.

## Aufbau der Seite
base-title = { $page } · Datenschutz
base-skip = Zum Inhalt
base-places = Bereiche
base-place-now = Jetzt
base-place-requests = Anfragen
base-place-choices = Auswahl
base-place-data = Meine Daten
base-place-trust = Vertrauen
base-open-requests = { $n ->
    [one] eine wartet auf Sie
   *[other] { $n } warten auf Sie
}
base-sub-requests = Anfragen
base-sub-reviews = Jedes Mal
base-sub-choices = Auswahl
base-sub-asking = Wie ich gefragt werde
base-sub-people = Personen
base-drives = { $name } fährt
base-guest = Ein Gast fährt
base-nobody = Niemand am Steuer
base-not-me = Nicht ich
base-profile = Profil wählen
base-location = Standort geht hinaus
base-display = Tag, Nacht, Sprache
base-theme = Bildschirm
base-theme-auto = Wie das Auto
base-theme-dark = Nacht
base-theme-light = Tag
base-language = Sprache
base-pause = Pause
base-pause-scope = alles Freiwillige
base-resume = Fortsetzen
base-paused-resumed = Pause, bis Sie fortsetzen
base-paused-trip = Pause bis Fahrtende
base-paused-time = Pause bis { $time }
base-pause-instead = Oder stattdessen:
base-pause-trip = Diese Fahrt
base-pause-hour = Eine Stunde
base-pause-until_resumed = Bis ich fortsetze
base-mark-outside = extern
base-on = An
base-off = Aus
base-close = Schließen
base-store-failed = Die Schranke ist zu. Sie kann nicht auf ihren Datenträger schreiben und versucht es weiter. Was Sie stoppen, ist gestoppt; festgehalten ist es noch nicht.
base-clock-untrusted = Die Schranke traut ihrer Uhr nicht. Solange geht nichts hinaus, das auf Ihrem Ja beruht, und nichts Neues kann erlaubt werden.
base-no-catalog-title = Nichts geht hinaus
base-no-catalog = Das Auto hat noch keine Liste der Verwendungen. Sie kommt mit der nächsten Verbindung. Bis dahin ist die Schranke zu.
base-offline = Die Schranke antwortet nicht. Das ist der letzte bekannte Stand, von { $time } Uhr.
base-stale = Die Schranke wurde vor { $n } s neu gestartet. Diese Seite zeigt, wie sie jetzt steht.
base-locked-title = Das öffnet sich nur für Sie
base-fault-title = Das hat nicht geklappt
base-fault-back = Zurück zu Jetzt

## Was die Schranke ablehnt
base-refusal-parked = Parken Sie zuerst: Stufe P, oder Parkbremse und fünf Sekunden Stillstand.
base-refusal-driver = Das Auto weiß nicht, wer fährt. Wählen Sie zuerst ein Profil.
base-refusal-person = Dieses Profil gibt es in diesem Auto nicht.
base-refusal-aboard = Diese Person ist nicht im Auto. Mit ihrer PIN geht es.
base-refusal-proof = Dafür muss das Auto Sie sicher kennen. Entsperren Sie Ihr Profil mit der PIN.
base-refusal-pin-form = Eine PIN hat 4 bis 12 Ziffern.
base-refusal-minor-pin = Das Profil eines Kindes hat keine PIN.
base-refusal-no-pin = Dieses Profil hat noch keine PIN. Legen Sie zuerst eine fest.
base-refusal-pin-wrong = Das ist nicht die PIN.
base-refusal-pin-locked = Es gab zu viele falsche PINs. Warten Sie eine Weile.
base-refusal-again = Das ging gerade nicht. Versuchen Sie es noch einmal.
base-refusal-name = Ein Name hat 1 bis 40 Zeichen.
base-refusal-employer = Private Fahrten gibt es im Auto eines Arbeitgebers. Hier können Sie pausieren.
base-refusal-full = Es ist kein Platz mehr. Entfernen Sie zuerst etwas.
base-refusal-nobody = So jemand ist nicht im Auto.
base-refusal-unknown = Diese Verwendung gibt es im Auto nicht mehr.
base-refusal-request = Diese Anfrage ist nicht mehr offen.
base-refusal-not-consent = Das hängt nicht an Ihrem Ja. Sie können widersprechen oder es einschränken.
base-refusal-law = Das verlangt das Gesetz, es lässt keine Wahl.
base-refusal-minor = Ein Kind willigt nicht ein, und niemand tut es an seiner Stelle.
base-refusal-no-category = Wählen Sie mindestens eine Art von Daten, oder lehnen Sie ab.
base-refusal-language = Die Texte gibt es nicht in Ihrer Sprache. Es wird nicht gefragt.
base-refusal-deployer = Dieser Empfänger darf Sie nicht fragen: Sie könnten nicht frei nein sagen.
base-refusal-clock = Die Uhr wurde zurückgestellt oder nie gestellt. Bis sie stimmt, können Sie nichts Neues erlauben.
base-refusal-given = Das erlauben Sie schon.
base-refusal-not-given = Das haben Sie nicht erlaubt, also gibt es nichts zu stoppen.
base-refusal-not-objected = Dem haben Sie nicht widersprochen, also gibt es nichts aufzuheben.
base-refusal-not-paused = Das ist nicht pausiert.
base-refusal-other = Das hat die Schranke nicht getan. Es wurde nichts geändert.

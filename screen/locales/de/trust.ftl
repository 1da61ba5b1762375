# trust
trust-title = Vertrauen
trust-lead = Was entschieden und was geantwortet wurde, und wie Sie es prüfen, ohne jemandem zu glauben.
trust-check = Nachprüfen
trust-check-text = Jeder Eintrag ist unterschrieben und nennt den davor. Wer einen ändert, weglässt oder vertauscht, zerreißt die Kette.
trust-check-agent = Kette prüfen
trust-holds = Die Kette hält: { $entries } Einträge, { $bodies } davon mit Inhalt, { $erased } gelöscht.
trust-proves-agent = Die Schranke hat ihr eigenes Verzeichnis geprüft. Es widerspricht sich nicht. Ein Prüfpunkt, den Sie aufgehoben haben, beweist mehr.
trust-broken-agent = Die Kette hält nicht. Trauen Sie diesem Verzeichnis nicht.
trust-kept = Ein Prüfpunkt, den Sie aufgehoben haben
trust-kept-compare = Vergleichen
trust-kept-stands = Er stimmt: Dieser Eintrag steht unverändert hier, und alles davor auch.
trust-kept-differs = Er stimmt nicht. Das ist ein anderes Verzeichnis, oder es wurde neu geschrieben.
trust-kept-beyond = Das Verzeichnis endet vor Ihrem Prüfpunkt. Es fehlen Einträge.
trust-kept-unreadable = Das ist kein Prüfpunkt. Er beginnt mit CG1:C: und hat drei weitere Teile.
trust-noscript = Die Prüfung in diesem Browser braucht ein Skript, und Skripte sind hier aus. Alles andere auf dieser Seite geht.
trust-browser = In diesem Browser noch einmal prüfen
trust-browser-text = Dieselbe Prüfung noch einmal, von dieser Seite selbst, über die Bytes, die die Schranke herausgibt.
trust-without = Ohne das Auto prüfen
trust-without-text = Heben Sie beide Dateien auf. Der Prüfer ist eine einzige Seite, die nichts lädt und nichts sendet: Öffnen Sie sie in einem beliebigen Browser, wählen Sie das Verzeichnis, und fügen Sie einen Prüfpunkt ein, den Sie aufgehoben haben.
trust-without-verifier = Der Prüfer
trust-without-ledger = Das Verzeichnis
trust-script-busy = Wird geprüft …
trust-script-holds = Hier geprüft: { $entries } Einträge halten, { $bodies } davon mit Inhalt, { $erased } gelöscht oder nicht gezeigt.
trust-script-broken = Eintrag { $at } hält nicht: { $why }
trust-script-head = Der neueste Eintrag ist { $seq }, Prüfwert { $digest }.
trust-script-erased = gelöscht oder nicht gezeigt
trust-script-unreadable = Das ließ sich nicht als Verzeichnis lesen.
trust-script-no-checkpoint = Der Text im Feld ist kein Prüfpunkt.
trust-script-proves-none = Das Verzeichnis widerspricht sich nicht. Auf dem Bildschirm des Autos kam diese Seite aus demselben Auto. Vergleichen Sie einen Prüfpunkt, den Sie aufgehoben haben, dann wissen Sie mehr.
trust-script-proves-stands = Das Verzeichnis widerspricht weder sich noch dem Prüfpunkt, den Sie aufgehoben haben: Davor wurde seitdem nichts geändert.
trust-script-why-form = Sein Umschlag ist nicht, wie er sein muss.
trust-script-why-key = Er wurde mit einem anderen Schlüssel unterschrieben.
trust-script-why-signature = Seine Unterschrift ist falsch.
trust-script-why-encoding = Sein Kopf lässt sich nicht lesen.
trust-script-why-order = Er folgt nicht auf den Eintrag davor.
trust-script-why-body = Was er sagt, ist nicht, was unterschrieben wurde.
trust-script-why-checkpoint = Er ist nicht der Eintrag Ihres Prüfpunkts, oder es fehlen Einträge.
trust-script-why-unsupported = Dieser Browser kann solche Unterschriften nicht prüfen.
trust-script-why-missing = Es fehlen Einträge.
trust-file-title = Prüfer für Verzeichnisse
trust-file-text = Prüft ein Verzeichnis, das ein Auto herausgegeben hat. Diese Datei lädt nichts und sendet nichts.
trust-file-ledger = Das Verzeichnis (ledger.json)
trust-file-check = Prüfen

# The ledger
trust-ledger = Das Verzeichnis
trust-ledger-text =
    { $n ->
        [one] Ein Eintrag. Was andere betrifft, dürfen Sie nicht lesen; sein Platz in der Kette ist zu sehen.
       *[other] { $n } Einträge. Was andere betrifft, dürfen Sie nicht lesen; sein Platz in der Kette ist zu sehen.
    }
trust-ledger-empty = Noch kein Eintrag
trust-older = Ältere
trust-entry = Nr. { $seq }
trust-clock = Der Uhr war nicht zu trauen.
trust-receipt = Beleg
trust-receipt-end = Beleg über das Ende
trust-everything = alles Freiwillige
trust-reveals = ({ $reveals })
trust-suspended = Ausgesetzt wurde: { $uses }.
trust-note-person = alles von einer Person.
trust-note-store = Die Platte nimmt wieder etwas auf.
trust-did-requested = Sie wurden gefragt: { $use }.
trust-did-deferred = Sie haben es aufgeschoben: { $use }.
trust-did-given =
    { $cadence ->
        [trip] Sie haben für eine Fahrt erlaubt: { $use }.
        [each_time] Sie haben erlaubt, jedes Mal bestätigt, bis { $until }: { $use }.
       *[other] Sie haben bis { $until } erlaubt: { $use }.
    }
trust-did-renewed =
    { $cadence ->
        [trip] Sie haben für eine Fahrt erneuert: { $use }.
        [each_time] Sie haben erneuert, jedes Mal bestätigt, bis { $until }: { $use }.
       *[other] Sie haben bis { $until } erneuert: { $use }.
    }
trust-did-narrowed =
    { $cadence ->
        [trip] Sie haben für eine Fahrt eingeschränkt: { $use }.
        [each_time] Sie haben eingeschränkt, jedes Mal bestätigt, bis { $until }: { $use }.
       *[other] Sie haben eingeschränkt, bis { $until }: { $use }.
    }
trust-did-refused = Sie haben Nein gesagt: { $use }.
trust-did-withdrawn = Sie haben beendet: { $use }.
trust-did-expired = Die Zeit lief ab: { $use }.
trust-did-trip-ended = Es endete mit der Fahrt: { $use }.
trust-did-suspended = Es hat sich geändert und ruht, bis Sie es erneuern: { $use }.
trust-did-objected = Sie haben widersprochen: { $use }.
trust-did-restricted = Sie haben eingeschränkt, was damit geschehen darf: { $use }.
trust-did-lifted = Sie haben einen Widerspruch oder eine Einschränkung aufgehoben: { $use }.
trust-did-paused = Sie haben angehalten: { $use }.
trust-did-resumed = Sie haben fortgesetzt: { $use }.
trust-did-stopped-by-occupant = Jemand an Bord hat Ort und Fahrweise für eine Fahrt gestoppt.
trust-did-review-sent = Sie haben es angesehen und gesendet: { $use }.
trust-did-review-destroyed = Angesehen und vernichtet: { $use }.
trust-did-catalog = Die Liste der Zwecke Nummer { $number } gilt nun.
trust-did-boot-first = Die Schranke startete zum ersten Mal.
trust-did-boot =
    { $flag ->
        [yes] Die Schranke startete nach einem ordentlichen Ende.
       *[no] Die Schranke startete nach einem plötzlichen Ende.
    }
trust-did-theft =
    { $flag ->
        [yes] Das Auto wurde als gestohlen gemeldet, bis { $until }.
       *[no] Das Auto gilt nicht mehr als gestohlen.
    }
trust-did-erasure = Im Auto gelöscht:
trust-did-erasure-use = Im Auto gelöscht: { $use }.
trust-did-answer =
    { $n ->
        [one] { $name } hat geantwortet: in { $erased } von { $n } System gelöscht. Es ging um: { $use }.
       *[other] { $name } hat geantwortet: in { $erased } von { $n } Systemen gelöscht. Es ging um: { $use }.
    }
trust-did-notice = Die Schranke hat vermerkt:
trust-did-erased = Gelöscht. Der Platz in der Kette bleibt.
trust-did-other = Der Eintrag einer anderen Person.

# Checkpoint, recipients, catalog
trust-checkpoint = Ein Prüfpunkt zum Aufheben
trust-checkpoint-text = Fotografieren Sie ihn, oder schreiben Sie die Zeile ab. Wer ihn hat, kann später zeigen, dass davor nichts geändert wurde.
trust-checkpoint-qr = Der Prüfpunkt als QR-Code
trust-checkpoint-of = Eintrag { $seq }, { $when }
trust-possibly = Vielleicht noch vor dem Ende gesendet
trust-possibly-none = Nichts: Was Sie beendet haben, war gesendet und beantwortet, oder es war noch im Auto.
trust-possibly-text = Diese Werte waren unterwegs, als Sie beendet haben. Vielleicht sind sie angekommen. Der Empfänger wurde angewiesen, sie wegzuwerfen.
trust-possibly-count =
    { $n ->
        [one] Ein Wert hat { $name } vielleicht erreicht.
       *[other] { $n } Werte haben { $name } vielleicht erreicht.
    }
trust-possibly-nothing = Als es endete, war nichts zu { $name } unterwegs.
trust-ended = Beendet am { $when }.
trust-known = { $name } weiß seit { $when } vom Ende. { $late }
trust-known-not = { $name } hat noch nicht geantwortet
trust-erased = { $name } hat am { $when } geantwortet: gelöscht in { $erased } von { $n } Systemen. { $late }
trust-erased-not = Am { $when } um Löschung gebeten; noch keine Antwort
trust-late =
    { $n ->
        [one] Das war 1 Tag zu spät.
       *[other] Das war { $n } Tage zu spät.
    }
trust-ends =
    { $n ->
        [one] Die Antwort auf 1 Ende
       *[other] Die Antworten auf { $n } Enden
    }
trust-report = Letzter unterschriebener Bericht: { $when }.
trust-silent-since = kein unterschriebener Bericht seit { $when }
trust-recipients = Empfänger
trust-recipients-others = Empfänger, an die nichts ging
trust-recipients-none = Ihnen hatte diese Schranke noch nie etwas zu sagen.
trust-recipient = Empfänger
trust-contact = Kontakt
trust-alarms =
    { $n ->
        [one] Eine Nachricht dieses Empfängers war nicht echt oder widersprach dem, was das Auto weiß.
       *[other] { $n } Nachrichten dieses Empfängers waren nicht echt oder widersprachen dem, was das Auto weiß.
    }
trust-owed =
    { $n ->
        [one] eine Antwort fehlt
       *[other] { $n } Antworten fehlen
    }
trust-owed-none = Hat alles beantwortet.
trust-silent = Hier liegt kein unterschriebener Bericht aus den letzten 30 Tagen.
trust-catalog = Die Liste der Zwecke
trust-catalog-text = Sie ist unterschrieben, ihre Nummer steigt nur, und jedes Auto Ihrer Art bekommt dieselben Bytes. Vergleichen Sie den Prüfwert mit dem eines anderen Autos.
trust-catalog-version = Nummer
trust-catalog-audience = Für
trust-catalog-digest = Prüfwert

# Receipts
trust-receipt-of-giving = Beleg über ein Ja
trust-receipt-of-ending = Beleg über ein Ende
trust-receipt-happened = Was geschah
trust-receipt-when = Wann
trust-receipt-who = Empfänger
trust-receipt-until = Bis
trust-receipt-reveals = Was es zeigt
trust-receipt-assurance = Erkannt
trust-receipt-record = Vorgang
trust-receipt-entry = Verzeichnis
trust-receipt-digest = Prüfwert des Eintrags
trust-receipt-secret = Geheimnis
trust-receipt-car = Ohne das Auto beenden
trust-receipt-car-text = Schicken Sie diesen Beleg oder sein Geheimnis an { $name }: { $contact }. Dort muss Ihre Einwilligung sofort enden, und es wird gelöscht; das Auto erfährt davon. Sie brauchen keinen Grund und kein Konto.
trust-receipt-car-ended = Das ist beendet. Es bleibt nichts zu beenden. Fragen beantwortet { $name }: { $contact }.
trust-receipt-secret-text = Wer das Geheimnis kennt, kann Ihre Einwilligung beenden, sonst nichts. Es öffnet keine Daten.
trust-receipt-proves = Es beweist, dass dieses Profil so entschieden hat, erkannt wie angegeben. Es beweist nicht, wer dort saß.
trust-receipt-keep = Aufheben
trust-receipt-keep-secret = Fotografieren Sie den Code, oder nehmen Sie den Text mit. Das Geheimnis steht darin.
trust-receipt-keep-end = Fotografieren Sie den Code, oder nehmen Sie den Text mit.
trust-receipt-qr = Der Beleg als QR-Code
trust-receipt-text = Text
trust-receipt-image = Bild
trust-receipt-line = Der Code als Zeile
trust-assurance-none = gar nicht
trust-assurance-low = mit geringer Sicherheit
trust-assurance-high = mit hoher Sicherheit
trust-action-given = Erlaubt
trust-action-renewed = Erneuert
trust-action-narrowed = Enger gefasst
trust-action-refused = Abgelehnt
trust-action-withdrawn = Beendet
trust-action-expired = Zeit abgelaufen
trust-action-trip-ended = Mit der Fahrt beendet
trust-action-suspended = Ausgesetzt, weil es sich geändert hat
trust-action-objected = Widersprochen
trust-action-restricted = Eingeschränkt
trust-action-requested = Gefragt
trust-action-deferred = Aufgeschoben
trust-action-lifted = Widerspruch oder Einschränkung aufgehoben
trust-action-paused = Angehalten
trust-action-resumed = Fortgesetzt
trust-action-stopped-by-occupant = Von jemandem an Bord gestoppt
trust-action-review-sent = Angesehen und gesendet
trust-action-review-destroyed = Angesehen und vernichtet

# people

## Who is here
people-title = Personen
people-driver-nobody = Niemand sitzt am Steuer.
people-driver-guest = Ein Gast fährt.
people-driver-none = { $name } sitzt am Steuer, so wurde es dem Auto gesagt. Erkannt hat es niemanden.
people-driver-low = Das Auto hält Sie für { $name }. Sicher ist es nicht.
people-driver-high = Das Auto ist sicher, dass Sie { $name } sind.
people-guest-means = Bei einem Gast bleibt alles Freiwillige im Auto. Auch ein Gast kann Pannenhilfe rufen.
people-own = Mein Profil
people-aboard = Wer noch im Auto ist
people-alone = Das Auto weiß von niemandem sonst.
people-a-guest = Ein Gast
people-stop = Nicht, solange ich dabei bin
people-stop-text = Wer mitfährt, kann für diese Fahrt stoppen, dass hinausgeht, wo Sie sind und wie gefahren wird. Ohne Profil, ohne Grund.
people-stopped = Gestoppt für diese Fahrt
people-stopped-text = Jemand im Auto hat es gestoppt. Wo Sie sind und wie gefahren wird, bleibt im Auto, bis die Fahrt endet.

## Profiles
people-profiles = Profile
people-no-profile = Noch kein Profil
people-no-profile-text = Wer fährt, ist ein Gast. Nichts Freiwilliges geht hinaus.
people-make = Profil anlegen
people-make-text = Ein Profil hält fest, was Sie entscheiden. Es bleibt in diesem Auto.
people-make-adult = Für jemanden ab { $years }
people-make-minor = Für jemanden unter { $years }
people-make-now = Dieses Profil anlegen
people-minor-means = Unter { $years } entscheidet hier niemand und wird niemand gefragt. Niemand kann für ein Kind Ja sagen.
people-name = Name
people-open = Öffnen
people-mark-drives = fährt
people-mark-aboard = im Auto
people-mark-absent = nicht hier
people-mark-minor = minderjährig
people-mark-no-pin = ohne PIN
people-mark-locked = gesperrt bis { $time }
people-assurance-none = Das Auto erkennt diese Person gerade nicht.
people-assurance-low = Das Auto hält jemanden im Auto für diese Person. Sicher ist es nicht.
people-assurance-high = Das Auto ist dieser Person sicher: durch PIN, Schlüssel oder Telefon.

## PIN
people-pin = PIN
people-pin-new = Neue PIN
people-pin-note = 4 bis 12 Ziffern.
people-pin-pad = Ziffern
people-pin-clear = Alle Ziffern löschen
people-pin-back = Letzte Ziffer löschen
people-pin-first = PIN setzen
people-pin-change = PIN ändern
people-pin-text = Mit der PIN ist das Auto sicher, dass Sie es sind. Sie bleibt in diesem Auto, und niemand kann sie lesen.
people-pin-set = Diese PIN setzen
people-pin-needs-key = Das Auto hält Sie für diese Person, ist aber nicht sicher. Mit Ihrem eigenen Schlüssel oder Telefon können Sie hier eine PIN setzen.
people-drive-title = Fahren Sie?
people-drive-text = Geben Sie Ihre PIN ein. Dann ist das Auto sicher, dass Sie es sind.
people-drive-text-no-pin = Dieses Profil hat keine PIN. Das Auto hält Sie für diese Person und ist nicht sicher. Sie können alles stoppen und nichts erlauben, was einen Nachweis braucht.
people-drive = { $name } fährt
people-unlock-title = Entsperren
people-unlock-text = Damit Sie etwas erlauben oder Ihre Daten sehen können, muss das Auto sicher sein, dass Sie es sind.
people-unlock = Entsperren

## Language
people-language = Sprache
people-language-title = Sprache
people-language-text = In dieser Sprache werden Sie gefragt, und in ihr spricht diese Seite mit Ihnen.
people-language-set = Diese Sprache setzen

## Ending
people-withdraw = Alles stoppen, obwohl Sie nicht im Auto sind
people-withdraw-text = Mit Ihrer PIN endet jedes Ja von Ihnen. Jeder Empfänger erfährt es.
people-withdraw-all = Alles stoppen
people-withdraw-erase = Stoppen, und alle sollen löschen
people-erase = Dieses Profil löschen
people-erase-text = Ihr Profil, Ihre Entscheidungen, was hinausging und was wartet, verschwinden aus diesem Auto. Die Empfänger sollen löschen, was sie haben.
people-erase-open = Dieses Profil löschen
people-erase-now = Alles von { $name } jetzt löschen
people-erase-needs-pin = Um dieses Profil zu löschen, muss das Auto der Person sicher sein. Fahren Sie als diese Person mit Ihrem eigenen Schlüssel oder Telefon.
people-erase-minor = Ein Profil für Minderjährige hat keine PIN. Die Person selbst kann es löschen, oder ein erwachsener Fahrer, dessen das Auto sicher ist.

## The whole car
people-car = Das ganze Auto
people-needs-proof = Das Auto muss sicher sein, wer Sie sind. Entsperren Sie zuerst Ihr Profil mit Ihrer PIN.
people-theft = Das Auto ist gestohlen
people-theft-text = Melden Sie einen Diebstahl, sieht die Zentrale 72 Stunden lang, wo das Auto ist. Anfang und Ende stehen im Protokoll jedes Profils.
people-theft-until = Gemeldet bis { $date }
people-theft-begin = Diebstahl melden
people-theft-renew = 72 Stunden mehr
people-theft-end = Beenden
people-private = Private Fahrt
people-private-text = Auf einer privaten Fahrt geht nichts hinaus, was auf der Vereinbarung mit dem Arbeitgeber beruht. Sie endet mit der Fahrt.
people-private-now = Eine private Fahrt läuft
people-private-begin = Private Fahrt beginnen
people-private-end = Private Fahrt beenden
people-over = Das Auto geht in andere Hände
people-over-text = Wird das Auto verkauft oder zurückgegeben, verschwindet alles von allen.
people-hand-over = Übergeben
people-take-over = Übernehmen
people-hand-over-title = Das Auto übergeben
people-hand-over-text = Verkauft oder zurückgegeben: Alles von allen verschwindet aus diesem Auto.
people-take-over-title = Das Auto übernehmen
people-take-over-text = Sie haben dieses Auto gekauft. Was andere vor Ihnen darin gelassen haben, verschwindet, auch ohne sie.
people-buyer = Sie
people-buyer-text = Sie bekommen das erste Profil dieses Autos. Darin ist nichts erlaubt.
people-will-go = Was verschwindet
people-will-profiles = { $n ->
    [0] Kein Profil: Es gibt keins
    [one] 1 Profil mit seiner PIN und allem, was darin entschieden ist
   *[other] { $n } Profile mit ihren PINs und allem, was darin entschieden ist
}
people-will-consents = Jedes Ja, das jemand gegeben hat
people-will-batches = Alles, was im Auto wartet
people-will-record = Was hinausging, und was im Protokoll über Personen steht
people-will-told = Jeder Empfänger, der etwas bekommen hat, wird aufgefordert zu löschen.
people-will-stay = Das Auto merkt sich höchstens 90 Tage, welche Löschungen noch ausstehen: mit Nummern, ohne Namen.
people-over-now = Jetzt alles löschen
people-gone = Alles ist weg
people-not-gone = Nichts wurde gelöscht
people-gone-nothing = Es gibt nichts zu berichten.
people-gone-profiles = { $n ->
    [one] 1 Profil ist weg.
   *[other] { $n } Profile sind weg.
}
people-gone-consents = { $n ->
    [one] 1 Ja ist beendet.
   *[other] { $n } Ja sind beendet.
}
people-gone-batches = { $n ->
    [one] 1 wartende Sendung ist vernichtet.
   *[other] { $n } wartende Sendungen sind vernichtet.
}
people-gone-disclosures = { $n ->
    [one] Die Kopie von 1 Sendung, die hinausging, ist hier gelöscht.
   *[other] Die Kopien von { $n } Sendungen, die hinausgingen, sind hier gelöscht.
}
people-gone-told = Soll löschen: { $recipient }
people-gone-empty = In diesem Auto war nichts von jemandem.
people-gone-none-told = Kein Empfänger hatte etwas. Niemand muss es erfahren.
people-gone-owed = Wer noch nicht geantwortet hat, steht unter Vertrauen.

## What a touch did
people-done-made = Es gibt jetzt ein Profil für { $name }.
people-done-drives = { $name } fährt.
people-done-unlocked = Entsperrt für { $name }, solange diese Person im Auto ist.
people-done-unlocked-absent = Entsperrt für { $name }, fünf Minuten lang.
people-done-pin = Die PIN ist gesetzt.
people-done-language = Die Sprache ist gesetzt.
people-done-withdrawn = Alles von { $name } ist gestoppt. Die Empfänger erfahren es jetzt.
people-done-withdrawn-erase = Alles von { $name } ist gestoppt. Die Empfänger erfahren es jetzt und sollen löschen.
people-done-erased = Alles von { $name } ist aus diesem Auto verschwunden. Die Empfänger sollen löschen.
people-done-theft = Der Diebstahl ist gemeldet. Das endet nach 72 Stunden.
people-done-theft-over = Der Diebstahl ist vorbei.
people-done-private = Eine private Fahrt hat begonnen.
people-done-private-over = Die private Fahrt ist vorbei.
people-refused-parked = das Auto parkt nicht
people-refused-pin-key = das Auto ist nicht sicher genug, dass Sie es sind; eine erste PIN braucht Ihren eigenen Schlüssel, Ihr Telefon oder ein gerade angelegtes Profil
people-refused-erase-minor = ein Profil für Minderjährige löscht nur die Person selbst oder ein erwachsener Fahrer, dessen das Auto sicher ist
people-refused-pin = { $n ->
    [one] das ist nicht die PIN; noch 1 Versuch
   *[other] das ist nicht die PIN; noch { $n } Versuche
}
people-refused-locked = zu viele Versuche; die PIN ist gesperrt bis { $time }
people-invalid-pin = eine PIN hat 4 bis 12 Ziffern
people-invalid-name = ein Name hat 1 bis 40 Zeichen
people-invalid-minor-pin = ein Profil für Minderjährige hat keine PIN

# requests

## The list
requests-title = Anfragen
requests-intro = Jede Anfrage steht für sich. Keine Antwort heißt nein: Ohne Ihr Ja geht nichts hinaus.
requests-budget = { $max ->
    [one] Von sich aus gefragt: { $used } von höchstens 1 Mal im Jahr.
   *[other] Von sich aus gefragt: { $used } von höchstens { $max } Mal im Jahr.
}
requests-asking-link = Wie ich gefragt werden will
requests-empty = Nichts wartet auf Ihre Antwort
requests-empty-text = Das Auto fragt, wenn Sie etwas öffnen, das Daten braucht, sonst selten und nur im Stand.
requests-guest = Gäste werden nichts gefragt
requests-guest-text = Alles Freiwillige bleibt im Auto. Gefragt wird nur, wer ein Profil hat.
requests-guest-link = Sagen, wer fährt
requests-all = Alle Anfragen
requests-choices-link = Zur ganzen Auswahl
requests-maker = Vom Hersteller Ihres Autos
requests-outside = Von externen Empfängern
requests-before-trip = Für diese Fahrt?
requests-before-trip-text = Sie wollen vor jeder Fahrt gefragt werden. Ohne Antwort heißt es: nicht auf dieser Fahrt.

## Facts: what each is about
requests-label-what = Was hinausgeht
requests-label-purpose = Wofür
requests-label-who = Wer es bekommt
requests-label-mark = Wer das ist
requests-label-benefit = Was es bringt
requests-label-for = Wem
requests-label-precision = Wie genau
requests-label-categories = Welche Daten
requests-label-lasts = Das Ja gilt
requests-label-cadence = Gefragt
requests-label-stop = Stoppen
requests-label-kept = Es bleibt dort
requests-label-no = Bei Nein
requests-label-check = Prüfen

## Facts: what they say
requests-mark-maker = Hersteller Ihres Autos
requests-mark-outside = Externer Empfänger
requests-for-you = Ihnen: { $about }
requests-for-everyone = Allen: { $about }
requests-for-recipient = Dem Empfänger: { $about }
requests-about-safety = Sicherheit
requests-about-time = weniger Zeit
requests-about-cost = Geld
requests-about-comfort = Komfort
requests-about-environment = gut für die Umwelt
requests-about-public_good = gut für die Allgemeinheit
requests-lasts = Bis { $date }.
requests-lasts-trip = Für diese Fahrt.
requests-cadences = { $first } { $other } Das Erste gilt, das Zweite bietet „Anpassen“.
requests-cadence-until = Einmal, für die ganze Zeit.
requests-cadence-trip = Einmal, für diese Fahrt.
requests-cadence-review = Jedes Mal, bevor etwas von einer Fahrt gesendet wird.
requests-cadence-before-trip = Jedes Mal, bevor Sie losfahren.
requests-stop = „Auswahl“, eine Berührung.
requests-kept = { $days ->
    [one] 1 Tag.
   *[other] { $days } Tage.
}
requests-no = Sonst ändert sich nichts.
requests-check = „Meine Daten“, „Vertrauen“.

## Answers
requests-answer-allow = Erlauben
requests-answer-decline = Ablehnen
requests-answer-later = Später
requests-answer-never = Nicht mehr fragen
requests-adjust = Anpassen
requests-adjust-title = Anpassen, bevor Sie erlauben
requests-adjust-note = Was Sie nicht berühren, bleibt wie gedruckt. „Erlauben“ meint dann, was Sie hier wählen.
requests-as-chosen = wie gewählt
requests-reset = Zurück zum Gedruckten
requests-adjust-long = Wie lange?
requests-adjust-trip = Nur diese Fahrt
requests-adjust-until = bis { $date }
requests-adjust-exact = Ein genaues Datum
requests-adjust-exact-label = Letzter Tag, spätestens { $date }
requests-adjust-precise = Wie genau?
requests-adjust-which = Etwas weglassen?
requests-adjust-without = Ohne: { $name }
requests-adjust-often = Wie oft wollen Sie gefragt werden?
requests-picture-held = Ihre letzte Fahrt
requests-picture-example = Beispiel, nicht Ihre Fahrt
requests-picture-values = { $n ->
    [one] 1 Wert
   *[other] { $n } Werte
}
requests-picture-none = nichts ginge hinaus
requests-picture-track = Wo das Auto war, so wie der Empfänger es sähe
requests-picture-bars = Die Werte, so wie der Empfänger sie bekäme
requests-locked = Zum Erlauben muss das Auto sicher sein, dass Sie es sind. Zum Ablehnen braucht es nichts.
requests-unlock = Mein Profil entsperren

## The second layer
requests-details = Alle Einzelheiten
requests-detail-role = Verantwortlich
requests-detail-contact = Kontakt
requests-detail-purpose = Zweck
requests-detail-recipients = Empfänger und seine Systeme
requests-detail-countries = Wo es verarbeitet wird
requests-detail-safeguard = Schutz im Ausland
requests-detail-retention = Aufbewahrt
requests-detail-rights = Ihre Rechte
requests-detail-automated = Entscheidungen durch Maschinen
requests-detail-authority = Aufsichtsbehörde
requests-detail-access = Warum es im Auto gelesen werden darf
requests-detail-ground = Rechtsgrundlage
requests-detail-notice = Hinweis
requests-role-controller = { $name } entscheidet, wofür und wie.
requests-role-joint_controller = { $name } entscheidet gemeinsam mit anderen, wofür und wie.
requests-role-processor = { $name } arbeitet im Auftrag; ein anderer entscheidet.
requests-role-third_party = { $name } ist ein Dritter und entscheidet selbst.
requests-role-authority = { $name } ist eine Behörde.
requests-recipients = { $name }. Es liegt in: { $systems }.
requests-retention = { $days ->
    [one] 1 Tag. Dann löscht es der Empfänger.
   *[other] { $days } Tage. Dann löscht es der Empfänger.
}
requests-safeguard-none = Keiner nötig: Es bleibt im Europäischen Wirtschaftsraum.
requests-rights = Sie können es sehen, kopieren, berichtigen und löschen lassen, widersprechen, einschränken, sich bei der Behörde beschweren und es jederzeit stoppen.
requests-automated-yes = Ja. Eine Maschine entscheidet damit über Sie; der Hinweis sagt, wie.
requests-automated-no = Nein. Keine Maschine entscheidet über Sie.
requests-access-consent = Mit Ihrem Ja.
requests-access-requested_service = Ein Dienst, den Sie wünschen, braucht es.
requests-access-transmission = Die Verbindung selbst braucht es.
requests-access-law = Ein Gesetz verlangt es.
requests-ground-consent = Ihre Einwilligung, Artikel 6 Absatz 1 Buchstabe a DSGVO.
requests-ground-contract = Ein Vertrag mit Ihnen, Artikel 6 Absatz 1 Buchstabe b DSGVO.
requests-ground-legal_obligation = Eine rechtliche Pflicht, Artikel 6 Absatz 1 Buchstabe c DSGVO.
requests-ground-vital_interest = Leben oder Gesundheit eines Menschen, Artikel 6 Absatz 1 Buchstabe d DSGVO.
requests-ground-legitimate_interest = Ein berechtigtes Interesse, Artikel 6 Absatz 1 Buchstabe f DSGVO; Sie können widersprechen.
requests-purpose-RequestedServiceProvision = Damit ein Dienst läuft, den Sie wünschen
requests-purpose-ImproveTransportMobility = Damit der Verkehr sicherer und flüssiger wird
requests-purpose-RepairImpairments = Um Fehler zu finden und zu beheben
requests-purpose-ImproveExistingProductsAndServices = Um Produkte und Dienste zu verbessern
requests-purpose-ScientificResearch = Für die Forschung
requests-purpose-ServicePersonalisation = Damit ein Dienst zu Ihnen passt
requests-purpose-PersonalisedAdvertising = Für Werbung, die für Sie ausgesucht wird
requests-purpose-SellDataToThirdParties = Um Daten an andere zu verkaufen
requests-purpose-LegalCompliance = Um zu tun, was ein Gesetz verlangt
requests-purpose-EnforceSecurity = Um Angriffe abzuwehren
requests-purpose-UsageBasedInsurance = Für eine Versicherung, deren Preis davon abhängt, wie Sie fahren
requests-purpose-DriverCoaching = Um Ihnen Hinweise zum Fahren zu geben
requests-purpose-FindMyCar = Um Ihr geparktes Auto zu finden
requests-purpose-TheftTracking = Um das Auto nach einem Diebstahl zu finden
requests-purpose-RoadsideAssistance = Um Ihnen bei einer Panne zu helfen
requests-country-AT = Österreich
requests-country-BE = Belgien
requests-country-CH = Schweiz
requests-country-CZ = Tschechien
requests-country-DE = Deutschland
requests-country-DK = Dänemark
requests-country-ES = Spanien
requests-country-FI = Finnland
requests-country-FR = Frankreich
requests-country-GB = Vereinigtes Königreich
requests-country-IE = Irland
requests-country-IN = Indien
requests-country-IT = Italien
requests-country-JP = Japan
requests-country-NL = Niederlande
requests-country-NO = Norwegen
requests-country-PL = Polen
requests-country-PT = Portugal
requests-country-SE = Schweden
requests-country-US = Vereinigte Staaten

## What answers did
requests-done-allow = Erlaubt: { $headline }. Sie können es unter „Auswahl“ stoppen.
requests-done-decline = Abgelehnt: { $headline }. Sonst ändert sich nichts.
requests-done-later = Verschoben: { $headline }. Bis zu Ihrem Ja geht nichts davon hinaus.
requests-done-never = Abgelehnt: { $headline }. Das Auto fragt nicht mehr.
requests-done-open = Die Anfrage wartet unter „Anfragen“ auf Ihre Antwort.
requests-done-first-now = Das kann gefragt werden. Ohne Ihr Ja geht nichts hinaus.
requests-done-first-later = Nichts Freiwilliges geht hinaus. Unter „Auswahl“ finden Sie alles, wann Sie wollen.
requests-refused-days = Dieses Ende liegt zu weit weg oder ist vorbei. Ein Ja endet spätestens am letzten Tag, den die Seite nennt. Es wurde nichts geändert.
requests-refused-terms = Diese Wahl bietet die Verwendung nicht. Es wurde nichts geändert.
requests-invalid-answer = Eine Antwort ist allow, decline, later oder never
requests-invalid-date = Ein Tag steht als 2027-01-31 da und liegt in der Zukunft
requests-invalid-categories = Mindestens eine Art von Daten muss bleiben; wollen Sie alles weglassen, lehnen Sie ab
requests-invalid-category = Diese Art von Daten gehört nicht zur Anfrage

## Spoken
requests-spoken-headline = Eine Anfrage
requests-spoken-allow = Sagen Sie „{ $say }“, wenn Sie genau das annehmen.
requests-spoken-decline = Sagen Sie „{ $say }“, wenn Sie es nicht wollen. Sonst ändert sich nichts.
requests-spoken-later = Sagen Sie „{ $say }“, wenn das Auto ein anderes Mal fragen soll.
requests-spoken-never = Sagen Sie „{ $say }“, wenn Sie es nicht wollen und das Auto nicht mehr fragen soll.

## The first screen
requests-first-title = Nichts Freiwilliges verlässt dieses Auto
requests-first-title-allowed = Ohne Ihr Ja geht nichts Freiwilliges hinaus
requests-first-intro = Diese Seite zeigt, was durch die Schranke des Autos geht, und hier entscheiden Sie. Auf dieser ersten Seite wird nichts gefragt.
requests-first-itself = Was das Auto allein tut
requests-first-itself-text = Es fährt, bremst, warnt und spielt Musik, ohne etwas durch diese Schranke zu senden. Der Notruf hat einen eigenen Weg und bleibt davon unberührt.
requests-first-law = Was hinausgeht, weil ein Gesetz es verlangt
requests-first-law-none = Kein Gesetz verlangt etwas.
requests-first-law-may-refuse = Das können Sie unter „Auswahl“ verweigern.
requests-first-law-may-not-refuse = Das lässt sich nicht verweigern.
requests-first-act = Was nur hinausgeht, wenn Sie es auslösen
requests-first-gate = Die Schranke selbst
requests-first-stop = Wo Sie es stoppen
requests-first-stop-text = „Pause“ steht auf jeder Seite. Unter „Auswahl“ hat jede Verwendung ihren eigenen Schalter.
requests-first-choose = Wollen Sie sehen, was freiwillig wäre?
requests-first-now = Jetzt auswählen
requests-first-later = Später
requests-first-to = Für { $name }

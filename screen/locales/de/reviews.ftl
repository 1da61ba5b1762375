# reviews
reviews-title = Jedes Mal
reviews-lead = { $n ->
    [one] Die Daten einer Nutzung warten auf Ihren Blick. Nichts davon hat das Auto verlassen.
   *[other] Die Daten von { $n } Nutzungen warten auf Ihren Blick. Nichts davon hat das Auto verlassen.
}
reviews-empty = Nichts wartet auf Ihren Blick
reviews-guest = Das Auto weiß nicht, wer fährt
reviews-empty-text = Was Sie mit einem Blick jedes Mal erlaubt haben, sammelt sich hier nach einer Fahrt. Nichts davon verlässt das Auto, bevor Sie Senden sagen.
reviews-what = { $n ->
    [one] 1 Wert, vom { $from }.
   *[other] { $n } Werte, vom { $from } bis { $to }.
}
reviews-until = Wird am { $date } vernichtet, wenn niemand antwortet
reviews-truncated = Es ist mehr, als diese Seite zeigen kann. Die ältesten Werte fehlen hier und gehen mit den anderen.
reviews-unseen = Was gehen würde, lässt sich gerade nicht zeigen. Ungesehen wird es nicht gesendet.
reviews-table = Die Werte als Tabelle
reviews-table-caption = Genau das, was gehen würde, das Neueste zuerst
reviews-all-values = Alle { $n } Werte
reviews-when = Wann
reviews-what-column = Wert
reviews-value = Wie es gehen würde
reviews-send = Senden
reviews-destroy = Vernichten
reviews-send-all = Alles senden
reviews-destroy-all = Alles vernichten
reviews-together = Alles auf einmal
reviews-lapsed = Vernichtet, weil niemand geantwortet hat
reviews-lapsed-use = { $n ->
    [one] { $headline }: 1 Messung
   *[other] { $headline }: { $n } Messungen
}
reviews-lapsed-note = Worauf niemand antwortet, das wird nach 14 Tagen vernichtet. Es verlässt das Auto nie.
reviews-done-sent = { $n ->
    [one] 1 Wert ist unterwegs: { $uses }
   *[other] { $n } Werte sind unterwegs: { $uses }
}
reviews-done-destroyed = { $n ->
    [one] 1 Wert ist vernichtet. Er hat das Auto nie verlassen: { $uses }
   *[other] { $n } Werte sind vernichtet. Sie haben das Auto nie verlassen: { $uses }
}

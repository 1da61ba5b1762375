# reviews
reviews-title = Jedes Mal
reviews-lead = { $n ->
    [one] Die Daten einer Verwendung warten auf Ihren Blick. Nichts davon ging hinaus.
   *[other] Die Daten von { $n } Verwendungen warten auf Ihren Blick. Nichts davon ging hinaus.
}
reviews-empty = Nichts wartet auf Ihren Blick
reviews-guest = Das Auto weiß nicht, wer fährt
reviews-empty-text = Was Sie mit einem Blick jedes Mal erlaubt haben, sammelt sich hier nach einer Fahrt. Nichts davon geht hinaus, bevor Sie Senden sagen.
reviews-what = { $n ->
    [one] 1 Wert, vom { $from }.
   *[other] { $n } Werte, vom { $from } bis { $to }.
}
reviews-until = Wird am { $date } vernichtet, wenn niemand antwortet
reviews-truncated = Es ist mehr, als diese Seite zeigen kann. Die ältesten Werte fehlen hier und gehen mit den anderen.
reviews-unseen = Was hinausginge, lässt sich gerade nicht zeigen. Ungesehen wird es nicht gesendet.
reviews-table = Die Werte als Tabelle
reviews-table-caption = { $headline }: genau das, was hinausginge, das Neueste zuerst
reviews-all-values = Alle { $n } Werte
reviews-when = Wann
reviews-what-column = Wert
reviews-value = So ginge es hinaus
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
reviews-lapsed-note = Worauf niemand antwortet, das wird nach 14 Tagen vernichtet, oder früher, wenn von einem Zweck zu viel wartet. Es geht nie hinaus.
reviews-done-sent = { $n ->
    [one] 1 Wert ist unterwegs: { $uses }
   *[other] { $n } Werte sind unterwegs: { $uses }
}
reviews-done-destroyed = { $n ->
    [one] 1 Wert ist vernichtet. Er ging nie hinaus: { $uses }
   *[other] { $n } Werte sind vernichtet. Sie gingen nie hinaus: { $uses }
}

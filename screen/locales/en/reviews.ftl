# reviews
reviews-title = Each time
reviews-lead = { $n ->
    [one] Data of one use waits for your look. Nothing of it has left.
   *[other] Data of { $n } uses waits for your look. Nothing of it has left.
}
reviews-empty = Nothing waits for your look
reviews-guest = Nobody is recognised at the wheel
reviews-empty-text = Uses that you allowed with a look each time collect here after a trip. Nothing of them leaves before you say Send.
reviews-what = { $n ->
    [one] 1 value, from { $from }.
   *[other] { $n } values, from { $from } to { $to }.
}
reviews-until = Destroyed on { $date } if nobody answers
reviews-truncated = There is more than this page can show. The oldest values are left out here, and go with the others.
reviews-unseen = What would leave cannot be shown now. It cannot be sent unseen.
reviews-table = The values as a table
reviews-table-caption = { $headline }: exactly what would leave, newest first
reviews-all-values = All { $n } values
reviews-when = When
reviews-what-column = Value
reviews-value = As it would leave
reviews-send = Send
reviews-destroy = Destroy
reviews-send-all = Send all
reviews-destroy-all = Destroy all
reviews-together = All of them at once
reviews-lapsed = Destroyed because nobody answered
reviews-lapsed-use = { $n ->
    [one] { $headline }: 1 measurement
   *[other] { $headline }: { $n } measurements
}
reviews-lapsed-note = What nobody answers for is destroyed after 14 days, or sooner if too much of one use waits. It never leaves.
reviews-done-sent = { $n ->
    [one] 1 value is on its way: { $uses }
   *[other] { $n } values are on their way: { $uses }
}
reviews-done-destroyed = { $n ->
    [one] 1 value is destroyed. It never left: { $uses }
   *[other] { $n } values are destroyed. They never left: { $uses }
}

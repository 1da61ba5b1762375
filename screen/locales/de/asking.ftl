# asking

asking-title = Wie ich gefragt werden will
asking-intro = Das bestimmt, in welcher Reihenfolge und wie oft das Auto fragt, sonst nichts. Es erlaubt nichts, und es verlässt nie das Auto.
asking-current = So ist es jetzt
asking-is-so = So werden Sie schon gefragt.

## What each form does
asking-does-neutral = Was hinausgeht, steht vorn. Das Auto fragt selten.
asking-does-who_first = Wer es bekommt, steht vorn. Externe Empfänger kommen getrennt.
asking-does-benefit_first = Was es bringt, steht vorn. Gefragt werden Sie einmal im Jahr.
asking-does-control_first = Was Sie einstellen können, steht vorn. Gefragt werden Sie jedes Mal, wo das geht.
asking-does-balanced = Nutzen, Einstellungen und Vertrauen stehen nebeneinander, auf einen Blick.
asking-does-trust_first = Das Auto fragt nichts von sich aus. Wie Sie prüfen können, steht vorn.
asking-short-who_first = vorn steht, wer es bekommt
asking-short-benefit_first = vorn steht, was es bringt
asking-short-control_first = vorn steht, was Sie einstellen können
asking-short-balanced = alles auf einen Blick
asking-short-trust_first = das Auto fragt nicht von sich aus
asking-order = { $blocks }
asking-block-what = was hinausgeht
asking-block-who = wer es bekommt
asking-block-benefit = was es bringt
asking-block-control = was Sie einstellen können
asking-block-trust = wie es aufbewahrt und geprüft wird

## Six questions
asking-questions = Sechs Fragen, wenn Sie mögen
asking-questions-note = Lassen Sie aus, was Sie wollen. Ihre Antworten schlagen eine Form vor und werden nicht aufbewahrt.
asking-question-who = Wer darf etwas aus Ihrem Auto bekommen?
asking-answer-who-maker = Eher der Hersteller als andere
asking-answer-who-useful = Jeder, wenn es mir nützt
asking-answer-who-nobody = Möglichst niemand
asking-question-often = Wie oft wollen Sie bestätigen?
asking-answer-often-every = Jedes Mal
asking-answer-often-yearly = Einmal im Jahr
asking-answer-often-myself = Ich schaue selbst, wann ich will
asking-question-look = Worauf schauen Sie zuerst?
asking-answer-look-name = Wer es ist
asking-answer-look-set = Was ich einstellen kann
asking-answer-look-glance = Auf alles zugleich
asking-question-unknown = Ein Unternehmen, das Sie nicht kennen, hätte gern Daten.
asking-answer-unknown-apart = Kennzeichnen und getrennt fragen
asking-answer-unknown-depends = Es kommt auf das Angebot an
asking-answer-unknown-stays = Es bleibt im Auto
asking-question-settings = Wie gehen Sie mit Einstellungen um?
asking-answer-settings-each = Ich stelle jede selbst ein
asking-answer-settings-few = So wenig Berührungen wie möglich
asking-answer-settings-either = Mal so, mal so
asking-question-convinces = Was überzeugt Sie am meisten?
asking-answer-convinces-known = Ein Name, den ich kenne
asking-answer-convinces-brings = Was es mir bringt
asking-answer-convinces-limit = Eine Grenze, die ich setze
asking-answer-convinces-check = Dass ich es prüfen kann
asking-answer-convinces-any = Eines davon genügt
asking-propose = Form vorschlagen
asking-clear = Antworten leeren
asking-rule = Wie der Vorschlag entsteht
asking-rule-text = Jede Antwort zählt einen Punkt für eine Form. Die meisten Punkte gewinnen. Bei Gleichstand wird „alles auf einen Blick“ vorgeschlagen. Ohne Antwort bleibt die neutrale Form.
asking-proposal = Ein Vorschlag
asking-proposal-note = Nehmen Sie ihn, wählen Sie unten anders, oder lassen Sie alles, wie es ist.
asking-take = So nehmen
asking-ways = Alle Formen
asking-ways-note = Alle sagen dasselbe und bieten dasselbe. Anders sind nur die Reihenfolge und wie oft das Auto fragt.
asking-choose = So will ich gefragt werden

## How often
asking-budget = Wie oft das Auto fragt
asking-budget-text = Was Sie selbst öffnen und was Sie jedes Mal bestätigen, zählt nicht.
asking-never = Nicht mehr fragen
asking-never-none = Das haben Sie zu nichts gesagt.
asking-again = Darf wieder fragen
asking-ending = Was in den nächsten 60 Tagen endet
asking-ending-text = Schweigen heißt: Es endet. Vorher fragt das Auto einmal, ob es weitergehen soll.
asking-ending-none = Nichts endet bald.
asking-done-set = Ab jetzt fragt das Auto so.
asking-done-again = Das Auto darf dazu wieder fragen. Ein Nein bleibt ein Nein.
asking-done-never = Das Auto fragt dazu nicht mehr.
asking-invalid = Eine Form ist who_first, benefit_first, control_first, balanced, trust_first oder neutral

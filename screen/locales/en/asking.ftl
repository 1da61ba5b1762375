# asking

asking-title = How I want to be asked
asking-intro = This sets the order of a request and how often the car asks, nothing else. It says yes to nothing, and it never leaves the car.
asking-current = As it is now
asking-is-so = You are asked like this already.

## What each form does
asking-does-neutral = What leaves comes first. The car asks rarely.
asking-does-who_first = Who receives it comes first. Outside recipients come apart.
asking-does-benefit_first = The benefit comes first. You are asked once a year.
asking-does-control_first = What you can set comes first. You are asked each time, where that is possible.
asking-does-balanced = Benefit, control and trust stand side by side at one glance.
asking-does-trust_first = The car asks nothing of its own accord. How you can check comes first.
asking-short-who_first = who receives it comes first
asking-short-benefit_first = the benefit comes first
asking-short-control_first = what you can set comes first
asking-short-balanced = all at one glance
asking-short-trust_first = the car does not ask of its own accord
asking-order = { $blocks }
asking-block-what = what leaves
asking-block-who = who receives it
asking-block-benefit = what it brings
asking-block-control = what you can set
asking-block-trust = how it is kept and checked

## Six questions
asking-questions = Six questions, if you like
asking-questions-note = Skip what you like. Your answers propose a form and are not kept.
asking-question-who = Who may get something from your car?
asking-answer-who-maker = The maker rather than others
asking-answer-who-useful = Whoever, if it is useful to me
asking-answer-who-nobody = Nobody, if possible
asking-question-often = How often do you want to confirm?
asking-answer-often-every = Each time
asking-answer-often-yearly = Once a year
asking-answer-often-myself = I look when I want to
asking-question-look = What do you look at first?
asking-answer-look-name = Who it is
asking-answer-look-set = What I can set
asking-answer-look-glance = Everything at one glance
asking-question-unknown = A company that you do not know would like data.
asking-answer-unknown-apart = Mark it, and ask me apart
asking-answer-unknown-depends = It depends on the offer
asking-answer-unknown-stays = It stays in the car
asking-question-settings = How do you deal with settings?
asking-answer-settings-each = I set each one
asking-answer-settings-few = As few touches as possible
asking-answer-settings-either = Now this way, now that
asking-question-convinces = What convinces you most?
asking-answer-convinces-known = A name that I know
asking-answer-convinces-brings = What it brings me
asking-answer-convinces-limit = A limit that I set
asking-answer-convinces-check = That I can check it
asking-answer-convinces-any = One of these is enough
asking-propose = Propose a form
asking-clear = Clear my answers
asking-rule = How the proposal is made
asking-rule-text = Each answer counts one point for one form. The most points win. A tie proposes everything at one glance. Without an answer the neutral form stays.
asking-proposal = A proposal
asking-proposal-note = Take it, choose another below, or leave everything as it is.
asking-take = Take this
asking-ways = All forms
asking-ways-note = All of them say the same and offer the same. They differ in order, and in how often the car asks.
asking-choose = Ask me like this

## How often
asking-budget = How often the car asks
asking-budget-text = What you opened yourself and what you confirm each time does not count.
asking-never = Don't ask again
asking-never-none = You said this about nothing.
asking-again = May ask again
asking-ending = What ends within 60 days
asking-ending-text = Silence means it ends. Before that the car asks once whether it is to go on.
asking-ending-none = Nothing ends soon.
asking-done-set = From now on the car asks like this.
asking-done-again = The car may ask about this again. A no stays a no.
asking-done-never = The car will not ask about this again.
asking-invalid = a form is who_first, benefit_first, control_first, balanced, trust_first or neutral

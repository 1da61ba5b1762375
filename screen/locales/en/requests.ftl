# requests

## The list
requests-title = Requests
requests-intro = Each request stands alone. No answer is a no: nothing leaves without your yes.
requests-budget = { $max ->
    [one] Asked unasked: { $used } of at most 1 time a year.
   *[other] Asked unasked: { $used } of at most { $max } times a year.
}
requests-asking-link = How I want to be asked
requests-empty = Nothing waits for your answer
requests-empty-text = The car asks when you open a feature that needs something, or rarely and only while parked.
requests-guest = A guest is asked nothing
requests-guest-text = Everything optional stays in the car. Who has a profile is asked.
requests-guest-link = Choose who drives
requests-all = All requests
requests-choices-link = See all choices
requests-maker = From the maker of your car
requests-outside = From outside
requests-before-trip = For this trip?
requests-before-trip-text = You chose to be asked before each trip. No answer means: not on this trip.

## Facts: what each is about
requests-label-what = What leaves
requests-label-purpose = What for
requests-label-who = Who receives it
requests-label-mark = Who that is
requests-label-benefit = What it brings
requests-label-for = For whom
requests-label-precision = How precisely
requests-label-categories = Which data
requests-label-lasts = This yes lasts
requests-label-cadence = Asked
requests-label-stop = Where to stop
requests-label-kept = It is kept
requests-label-no = If you say no
requests-label-check = How to check

## Facts: what they say
requests-mark-maker = Maker of your car
requests-mark-outside = Outside recipient
requests-for-you = You: { $about }
requests-for-everyone = Everyone: { $about }
requests-for-recipient = The recipient: { $about }
requests-about-safety = safety
requests-about-time = time saved
requests-about-cost = money
requests-about-comfort = comfort
requests-about-environment = good for the environment
requests-about-public_good = good for the public
requests-lasts = Until { $date }.
requests-lasts-trip = For this trip.
requests-cadences = { $first } { $other } The first holds, Adjust has the second.
requests-cadence-until = Once, for the whole time.
requests-cadence-trip = Once, for this trip.
requests-cadence-review = Each time, before anything of a trip is sent.
requests-cadence-before-trip = Each time, before you drive off.
requests-stop = Choices, one touch.
requests-kept = { $days ->
    [one] 1 day.
   *[other] { $days } days.
}
requests-no = Nothing else changes.
requests-check = In My data and Trust.

## Answers
requests-answer-allow = Allow
requests-answer-decline = Decline
requests-answer-later = Later
requests-answer-never = Don't ask again
requests-adjust = Adjust
requests-adjust-title = Adjust before you allow
requests-adjust-note = What you leave untouched stays as printed. Allow then means what you choose here.
requests-as-chosen = as chosen
requests-reset = Back to what is printed
requests-adjust-long = How long?
requests-adjust-trip = This trip only
requests-adjust-until = until { $date }
requests-adjust-exact = An exact date
requests-adjust-exact-label = Last day, { $date } at the latest
requests-adjust-precise = How precisely?
requests-adjust-which = Leave something out?
requests-adjust-without = Without: { $name }
requests-adjust-often = How often do you want to be asked?
requests-picture-held = your last trip
requests-picture-example = example, not your trip
requests-picture-values = { $n ->
    [one] 1 value
   *[other] { $n } values
}
requests-picture-none = nothing would leave
requests-picture-track = Where the car was, as the recipient would see it
requests-picture-bars = The values as the recipient would get them
requests-locked = To allow this, the car must be sure that it is you. Declining needs nothing.
requests-unlock = Unlock my profile

## The second layer
requests-details = All details
requests-detail-role = Responsible
requests-detail-contact = Contact
requests-detail-purpose = Purpose
requests-detail-recipients = Recipient and its systems
requests-detail-countries = Where it is processed
requests-detail-safeguard = Safeguard
requests-detail-retention = Kept for
requests-detail-rights = Your rights
requests-detail-automated = Automated decisions
requests-detail-authority = Supervisory authority
requests-detail-access = Why it may be read in the car
requests-detail-ground = Legal ground
requests-detail-notice = Notice
requests-role-controller = { $name } decides what for and how.
requests-role-joint_controller = { $name } decides together with others what for and how.
requests-role-processor = { $name } works on behalf of somebody else, who decides.
requests-role-third_party = { $name } is a third party and decides for itself.
requests-role-authority = { $name } is an authority.
requests-recipients = { $name }. Systems that hold it: { $systems }.
requests-retention = { $days ->
    [one] 1 day. Then the recipient deletes it.
   *[other] { $days } days. Then the recipient deletes it.
}
requests-safeguard-none = None needed: it stays in the European Economic Area.
requests-rights = See it, copy it, correct it, delete it, object, restrict, complain to the authority, and stop at any time.
requests-automated-yes = Yes. A machine decides about you with it; the notice says how.
requests-automated-no = No. No machine decides about you.
requests-access-consent = With your yes.
requests-access-requested_service = A service that you ask for needs it.
requests-access-transmission = The connection itself needs it.
requests-access-law = A law demands it.
requests-ground-consent = Your consent, Article 6(1)(a) GDPR.
requests-ground-contract = A contract with you, Article 6(1)(b) GDPR.
requests-ground-legal_obligation = A legal duty, Article 6(1)(c) GDPR.
requests-ground-vital_interest = Somebody's life or health, Article 6(1)(d) GDPR.
requests-ground-legitimate_interest = A legitimate interest, Article 6(1)(f) GDPR; you can object.
requests-purpose-RequestedServiceProvision = To provide a service that you ask for
requests-purpose-ImproveTransportMobility = To make traffic safer and smoother
requests-purpose-RepairImpairments = To find and repair faults
requests-purpose-ImproveExistingProductsAndServices = To improve products and services
requests-purpose-ScientificResearch = For scientific research
requests-purpose-ServicePersonalisation = To fit a service to you
requests-purpose-PersonalisedAdvertising = For advertising that is chosen for you
requests-purpose-SellDataToThirdParties = To sell data to others
requests-purpose-LegalCompliance = To do what a law demands
requests-purpose-EnforceSecurity = To protect against attacks
requests-purpose-UsageBasedInsurance = For insurance that depends on how you drive
requests-purpose-DriverCoaching = To give you hints for driving
requests-purpose-FindMyCar = To find your parked car
requests-purpose-TheftTracking = To find the car after a theft
requests-purpose-RoadsideAssistance = To help you at the roadside
requests-country-AT = Austria
requests-country-BE = Belgium
requests-country-CH = Switzerland
requests-country-CZ = Czechia
requests-country-DE = Germany
requests-country-DK = Denmark
requests-country-ES = Spain
requests-country-FI = Finland
requests-country-FR = France
requests-country-GB = United Kingdom
requests-country-IE = Ireland
requests-country-IN = India
requests-country-IT = Italy
requests-country-JP = Japan
requests-country-NL = Netherlands
requests-country-NO = Norway
requests-country-PL = Poland
requests-country-PT = Portugal
requests-country-SE = Sweden
requests-country-US = United States

## What answers did
requests-done-allow = Allowed: { $headline }. You can stop it under Choices.
requests-done-decline = Declined: { $headline }. Nothing else changes.
requests-done-later = Put off: { $headline }. Until you say yes, nothing of it leaves.
requests-done-never = Declined: { $headline }. The car will not ask again.
requests-done-open = It waits for your answer under Requests.
requests-done-first-now = Here is what may be asked. Nothing leaves without your yes.
requests-done-first-later = Nothing optional leaves. You find the requests under Choices whenever you like.
requests-refused-days = That end is too far away or over. A yes ends on the last day that the page names, or earlier. Nothing was changed.
requests-refused-terms = This use does not offer that choice. Nothing was changed.
requests-invalid-answer = an answer is allow, decline, later or never
requests-invalid-date = a day is written as 2027-01-31 and lies ahead
requests-invalid-categories = at least one kind of data must remain; to leave out everything, decline
requests-invalid-category = this kind of data is not part of the request

## Spoken
requests-spoken-headline = A request
requests-spoken-allow = Say "{ $say }" to accept exactly this.
requests-spoken-decline = Say "{ $say }" to refuse it. Nothing else changes.
requests-spoken-later = Say "{ $say }" to be asked at another time.
requests-spoken-never = Say "{ $say }" to refuse it and not to be asked about it again.

## The first screen
requests-first-title = Nothing optional leaves this car
requests-first-title-allowed = Nothing optional leaves without your yes
requests-first-intro = This page shows what goes through the car's gate, and it is where you decide. Nothing is asked on this first screen.
requests-first-itself = What the car does by itself
requests-first-itself-text = It drives, brakes, warns and plays music without sending anything through this gate. The emergency call has a way of its own and is not touched.
requests-first-law = What leaves by law
requests-first-law-none = Nothing leaves by law.
requests-first-law-may-refuse = You can refuse this under Choices.
requests-first-law-may-not-refuse = This cannot be refused.
requests-first-act = What leaves only when you start it
requests-first-gate = The gate itself
requests-first-stop = Where to stop
requests-first-stop-text = "Pause" is on every screen. Choices lists every use, each with its own switch.
requests-first-choose = Do you want to look at the optional uses?
requests-first-now = Choose now
requests-first-later = Later
requests-first-to = For { $name }

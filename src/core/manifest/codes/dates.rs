//! Codes of dates, calendars and dependencies.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "calendar/freeze-twice",
        meaning: "two freezes of a calendar have one name",
        explanation: "A wait is told by the freeze's name. Rename one of them.",
        wrong: "freezes: [{ name: holidays, from: 2027-11-22, until: 2027-11-30 }, { name: holidays, from: 2027-12-20, until: 2027-12-31 }]",
        right: "freezes: [{ name: november, from: 2027-11-22, until: 2027-11-30 }, { name: december, from: 2027-12-20, until: 2027-12-31 }]",
    },
    Code {
        code: "lint/target-at-midnight",
        meaning: "something public goes out at midnight, because the target date has no time of day",
        explanation: "A target date without a time of day is the midnight that begins it, in the launch's time zone, and \
                      what is public goes out then. Write the hour.",
        wrong: "target_date: 2027-04-01",
        right: "target_date: 2027-04-01T09:00",
    },
    Code {
        code: "calendar/broken",
        meaning: "the launch's calendar has errors",
        explanation: "Business days and freezes of the launch cannot be told without it, so the launch is held. Mend \
                      the calendar first.",
        wrong: "",
        right: "",
    },
    Code {
        code: "calendar/import",
        meaning: "the iCalendar file that a calendar imports cannot be used",
        explanation: "The file is looked for in the folder of plan files, and nowhere else. A calendar without the days \
                      that it is meant to have would count business days wrong, so it is held until the file is there \
                      and can be read.",
        wrong: "import: ../../holidays.ics",
        right: "import: calendars/us.ics",
    },
    Code {
        code: "calendar/invalid-freeze",
        meaning: "a freeze does not run from one date to a later one",
        explanation: "A freeze is a stretch of the calendar, with absolute dates: bare dates include their whole day.",
        wrong: "freezes: [{ name: Year end, from: 2027-12-31, until: 2027-12-20 }]",
        right: "freezes: [{ name: Year end, from: 2027-12-20, until: 2027-12-31 }]",
    },
    Code {
        code: "calendar/no-working-day",
        meaning: "no day of the week is worked",
        explanation: "Business days cannot be counted when there are none.",
        wrong: "working_days: []",
        right: "working_days: [mon, tue, wed, thu, fri]",
    },
    Code {
        code: "date/cycle",
        meaning: "dates count from each other",
        explanation: "One of the milestones has to count from `T` or from the calendar; otherwise none of the dates \
                      can be told.",
        wrong: "a: { due: b+1d }\nb: { due: a+1d }",
        right: "a: { due: T-2w }\nb: { due: a+1d }",
    },
    Code {
        code: "date/due-before-need",
        meaning: "something is due before what it needs",
        explanation: "What needs something else cannot be complete before it. Either the date or the dependency is \
                      wrong.",
        wrong: "a: { due: T-1w }\nb: { due: T-2w, needs: [a] }",
        right: "a: { due: T-2w }\nb: { due: T-1w, needs: [a] }",
    },
    Code {
        code: "date/due-before-start",
        meaning: "something is due before it may start",
        explanation: "`start` and `due` of one thing contradict each other, perhaps through its milestone or window.",
        wrong: "start: T-1w\ndue: T-2w",
        right: "start: T-2w\ndue: T-1w",
    },
    Code {
        code: "date/invalid",
        meaning: "the text is no date",
        explanation: "There is no such day, or the text is in no form that is understood: `2027-03-18`, \
                      `2027-03-18T09:00`, `T-2w`, `T-10bd` (business days) or `launch_day+3d`.",
        wrong: "due: 2027-02-29",
        right: "due: 2027-02-28",
    },
    Code {
        code: "date/invalid-duration",
        meaning: "the text is no duration",
        explanation: "Durations are numbers with the units `s`, `m`, `h`, `d` and `w`; the `duration` of work may also be \
                      in business days (`5bd`). They have no sign: they are lengths, not directions.",
        wrong: "expires: seven days",
        right: "expires: 7d",
    },
    Code {
        code: "date/minutes",
        meaning: "a date counts a few minutes, and months may have been meant",
        explanation: "`m` are minutes. Months are no unit, because they are not of one length: write weeks (`12w`), days \
                      (`90d`) or a date. Where a few minutes are meant, write seconds (`180s`).",
        wrong: "due: T+3m",
        right: "due: T+12w",
    },
    Code {
        code: "date/no-time",
        meaning: "a time limit or an expiry leaves no time",
        explanation: "After no time every call is late, and every sign-off is over. It takes at least a second.",
        wrong: "timeout: 0s",
        right: "timeout: 30s",
    },
    Code {
        code: "date/out-of-range",
        meaning: "the date lies outside the years 1970 to 9999",
        explanation: "Dates are reckoned from 1970 to 9999. Most often a digit or the unit is wrong.",
        wrong: "due: T+90000w",
        right: "due: T+9w",
    },
    Code {
        code: "date/relative-target",
        meaning: "the target date counts from another date",
        explanation: "Every other date counts from the target date, so it is absolute itself.",
        wrong: "target_date: T-2w",
        right: "target_date: 2027-04-01T09:00",
    },
    Code {
        code: "date/repeated-hour",
        meaning: "the clocks show this time twice that night",
        explanation: "When summer time ends, an hour happens twice. The first of the two is meant unless an offset is \
                      written.",
        wrong: "target_date: 2027-11-07T01:30",
        right: "target_date: 2027-11-07T01:30-05:00",
    },
    Code {
        code: "date/skipped-hour",
        meaning: "the clocks jump over this time that night",
        explanation: "When summer time begins, an hour is left out. The time is read as if the clocks had not jumped, \
                      an hour later on the wall. Choose another, or write an offset.",
        wrong: "target_date: 2027-03-14T02:30",
        right: "target_date: 2027-03-14T03:30",
    },
    Code {
        code: "date/unknown-timezone",
        meaning: "there is no such time zone",
        explanation: "Zones are those of the IANA database, named by region and city; abbreviations such as EST are \
                      ambiguous.",
        wrong: "timezone: America/NewYork",
        right: "timezone: America/New_York",
    },
    Code {
        code: "date/window-ends-before-start",
        meaning: "a window ends before it starts",
        explanation: "The window's `start` and `end` contradict each other, perhaps because one is the profile's.",
        wrong: "pre_launch: { start: T, end: T-1w }",
        right: "pre_launch: { start: T-1w, end: T }",
    },
    Code {
        code: "graph/cycle",
        meaning: "dependencies lead back to where they began",
        explanation: "Each of the members waits for the next, so none can begin. A milestone waits for its activities, \
                      and an activity for all that its milestone needs. Remove one of the dependencies.",
        wrong: "a: { due: T, needs: [b] }\nb: { due: T, needs: [a] }",
        right: "a: { due: T }\nb: { due: T, needs: [a] }",
    },
    Code {
        code: "graph/phase-order",
        meaning: "something before the launch needs something of the launch phase",
        explanation: "The launch phase opens only when everything before it is complete, so the two would wait for \
                      each other.",
        wrong: "product_readiness: { needs: [launch_day] }",
        right: "launch_day: { needs: [product_readiness] }",
    },
    Code {
        code: "lint/due-in-freeze",
        meaning: "a launch milestone is due in a freeze",
        explanation: "In a freeze no activity with an outside effect starts, so the milestone cannot be complete in \
                      time. Move the date, or except the launch from the freeze.",
        wrong: "",
        right: "",
    },
    Code {
        code: "lint/due-on-holiday",
        meaning: "a milestone is due on a holiday",
        explanation: "The calendar says that nobody works on that day. Count in business days, or write another date.",
        wrong: "due: 2027-12-24",
        right: "due: 2027-12-23",
    },
    Code {
        code: "ical/date",
        meaning: "a date of an iCalendar file that cannot be",
        explanation: "A day that no calendar has, an end before its start, or an event without a start. Which day is \
                      meant cannot be told, so the calendar is held until the file is mended.",
        wrong: "DTSTART;VALUE=DATE:20270230",
        right: "DTSTART;VALUE=DATE:20270228",
    },
    Code {
        code: "ical/not-a-day",
        meaning: "an event of an iCalendar file that is no whole day",
        explanation: "Holidays are whole days. An event with a time, such as a meeting, is left out.",
        wrong: "DTSTART:20271224T120000Z",
        right: "DTSTART;VALUE=DATE:20271224",
    },
    Code {
        code: "ical/recurrence",
        meaning: "a rule of repetition that is not understood",
        explanation: "Days, weeks, months and years are understood, with all that RFC 5545 says of them. A rule that \
                      repeats within a day, contradicts itself or gives no day at all is told, because days that are \
                      missing would count as worked.",
        wrong: "RRULE:FREQ=YEARLY;BYMONTH=13",
        right: "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    },
    Code {
        code: "ical/syntax",
        meaning: "a file that is not iCalendar, or not all of it",
        explanation: "It has to begin with `BEGIN:VCALENDAR`, and everything that begins has to end. A file that was cut \
                      off lacks holidays, so the calendar is held.",
        wrong: "BEGIN:VCALENDAR\nBEGIN:VEVENT",
        right: "BEGIN:VCALENDAR\nBEGIN:VEVENT\n…\nEND:VEVENT\nEND:VCALENDAR",
    },
    Code {
        code: "ical/too-many-days",
        meaning: "an iCalendar file with more days than any list of holidays",
        explanation: "Most likely an event repeats every day. Twenty thousand days are read at most.",
        wrong: "RRULE:FREQ=DAILY",
        right: "RRULE:FREQ=YEARLY",
    },
];

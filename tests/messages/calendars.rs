//! What is wrong with calendars and profiles is told where it stands, and all at once.

use super::{plan, told};

#[test]
fn a_calendar_of_no_day_or_of_two_freezes_with_one_name_is_told() {
    let calendar = "apiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: c }\nspec:\n  import: none.ics\n  freezes:\n    \
                    - { name: quiet, from: 2027-01-01, until: 2027-01-03 }\n    - { name: quiet, from: 2027-02-01, until: 2027-02-03 }\n";
    let empty = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n";
    let (code, text) = told(&[("launches/c.yaml", calendar), ("launches/none.ics", empty)]);
    assert_eq!(code, 1, "{text}");
    for part in ["calendar/import", "`none.ics` holds no day", "calendar/freeze-twice", "`quiet`"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn an_unknown_field_of_a_calendar_or_profile_hides_none_of_its_other_problems() {
    let calendar = "apiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: c }\nspec:\n  timezone: Mars/Base\n  \
                    import: gone.ics\n  working_days: [mo]\n  holidays: [{ date: 2027-13-45, nam: x }, { date: 2027-02-30 }]\n  \
                    freezes: [{ name: f, from: 2027-03-02, until: 2027-03-01 }, { name: g, from: 2027-03-02 }]\n  more: 1\n";
    let profile = "apiVersion: launchd/v1\nkind: Profile\nmetadata: { name: own }\nparameters:\n  \
                   size: { type: number, default: large }\nspec: { more: 1 }\n";
    let (code, text) = told(&[("launches/c.yaml", calendar), ("launches/p.yaml", profile)]);
    assert_eq!(code, 1, "{text}");
    for part in [
        "c.yaml:5:13",
        "`Mars/Base`",
        "`gone.ics`",
        "c.yaml:7:18",
        "`nam`",
        "`2027-13-45` is no day",
        "`2027-02-30` is no day",
        "`2027-03-02` to `2027-03-01`",
        "`until`",
        "c.yaml:10:3",
        "p.yaml:5:34",
        "p.yaml:6:9",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // What was taken out to look at the rest is no problem of its own.
    assert!(!text.contains("no-working-day") && !text.contains("schema/mismatch"), "{text}");
}

#[test]
fn a_default_of_the_wrong_kind_is_told_at_the_profile() {
    let profile = "apiVersion: launchd/v1\nkind: Profile\nmetadata: { name: own }\nextends: feature-update\n\
                   parameters:\n  size:\n    type: number\n    default: large\nspec: {}\n";
    let launch = plan("a", "  profile: own\n");
    let (code, text) = told(&[("launches/own.yaml", profile), ("launches/a.yaml", &launch)]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("launches/own.yaml:8") && text.contains("`size` must be a number"), "{text}");
    assert!(text.contains("profile/broken"), "the launch says that its profile is: {text}");
}

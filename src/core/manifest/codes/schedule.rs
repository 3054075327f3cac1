//! Codes of schedules: dates that leave no room, and launches that wait for each other.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "graph/cycle-across-launches",
        meaning: "milestones of several launches wait for each other",
        explanation: "Each of the members waits for the next, through one launch into another and back, so none can \
                      begin. All launches of the cycle are held. Remove one of the dependencies.",
        wrong: "# atlas\nlaunch_day: { needs: [platform/api] }\n# platform\napi: { due: T, needs: [atlas/launch_day] }",
        right: "# atlas\nlaunch_day: { needs: [platform/api] }\n# platform\napi: { due: T }",
    },
    Code {
        code: "lint/impossible-schedule",
        meaning: "the work cannot be done by its due date",
        explanation: "From where something is written to begin, through everything that lies between, the work takes \
                      longer than the due date allows. The message names the chain: by when each has to end, and why it \
                      cannot end before. Business days skip the calendar's holidays.",
        wrong: "draft: { start: T-1w, due: T-1d, duration: 8bd }",
        right: "draft: { start: T-3w, due: T-1d, duration: 8bd }",
    },
    Code {
        code: "lint/due-before-other-launch",
        meaning: "something is due before a milestone of another launch that it needs",
        explanation: "Each of the two launches may be in order by itself; together they are not, so the one that waits \
                      will be late. The message names both dates, and why the other is due when it is. Move one of the \
                      launches, make the milestone that waits due later, or remove the dependency.",
        wrong: "# atlas, T is 15 April\nlaunch_day: { due: T }\n# relay\nready: { due: 2027-04-06, needs: [atlas/launch_day] }",
        right: "# atlas, T is 15 April\nlaunch_day: { due: T }\n# relay\nready: { due: 2027-04-16, needs: [atlas/launch_day] }",
    },
    Code {
        code: "lint/many-milestones",
        meaning: "a launch has more milestones than people can follow",
        explanation: "A milestone is a dated state that people talk about; a large launch has some dozens. Thousands are \
                      mostly tasks: activities of a milestone, or launches of their own. Commands still work, but \
                      pictures of so many are not drawn.",
        wrong: "milestones: { task_0001: …, task_9999: … }",
        right: "milestones: { rollout: { activities: { task_0001: … } } }",
    },
    Code {
        code: "lint/opens-when-due",
        meaning: "a window or activity opens when its milestone is already due",
        explanation: "What belongs to a milestone is due with it at the latest. A window that opens then leaves its \
                      activities no time at all: they are late as soon as they may begin. Without `milestone`, a window \
                      has a milestone of its own, which is due at its end.",
        wrong: "timeline: { pre_launch: { start: T-1w, end: T, milestone: campaign_ready } }   # due T-1w",
        right: "timeline: { pre_launch: { start: T-1w, end: T } }",
    },
    Code {
        code: "lint/pre-launch-after-target",
        meaning: "a milestone of pre_launch is due after the target date",
        explanation: "The launch phase opens when all of pre_launch is complete, so the launch would wait for it and be \
                      late. Often the target date was moved, and a date that is written out stayed where it was.",
        wrong: "target_date: 2027-04-01T09:00\nmilestones: { fair: { due: 2027-04-10, phase: pre_launch } }",
        right: "target_date: 2027-04-15T09:00\nmilestones: { fair: { due: 2027-04-10, phase: pre_launch } }",
    },
    Code {
        code: "lint/too-close",
        meaning: "due dates are closer together than the work between them",
        explanation: "A milestone needs another and has so much work of its own that it would have to begin before the \
                      other is due. It can still be in time if the other is early; nothing in the plan says so.",
        wrong: "draft: { due: T-1w }\nreview: { due: T-5d, duration: 5bd, needs: [draft] }",
        right: "draft: { due: T-2w }\nreview: { due: T-5d, duration: 5bd, needs: [draft] }",
    },
];

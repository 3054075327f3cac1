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
        code: "lint/too-close",
        meaning: "due dates are closer together than the work between them",
        explanation: "A milestone needs another and has so much work of its own that it would have to begin before the \
                      other is due. It can still be in time if the other is early; nothing in the plan says so.",
        wrong: "draft: { due: T-1w }\nreview: { due: T-5d, duration: 5bd, needs: [draft] }",
        right: "draft: { due: T-2w }\nreview: { due: T-5d, duration: 5bd, needs: [draft] }",
    },
];

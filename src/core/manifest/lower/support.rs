//! What support promises: figures that can be kept at all.

use rust_decimal::Decimal;

use super::Lowering;
use crate::core::manifest::{place::Step, problem::Problem};

/// In percent: nobody promises less.
const HARDLY_EVER: Decimal = Decimal::from_parts(20, 0, 0, false, 0);

impl Lowering<'_> {
    /// Shares of service targets beyond the whole. Availability is written in percent, `99.5`, or as a share, `99.5%`.
    pub(super) fn service_targets(&mut self) {
        let targets = self.input.spec.support.as_ref().and_then(|s| s.sla_targets.as_ref());
        for (level, target) in targets.into_iter().flat_map(|t| t.iter()) {
            let shares = [
                ("availability", target.availability, Decimal::ONE_HUNDRED, "100"),
                ("resolution_rate", target.resolution_rate, Decimal::ONE, "1, which is 100%"),
            ];
            for (field, share, most, words) in shares {
                // `150%` is 1.5, and as percent that would be hardly ever.
                let beyond = |s: &Decimal| *s > most || *s < Decimal::ZERO || (*s > Decimal::ONE && *s < HARDLY_EVER);
                let Some(share) = share.map(|s| s.0).filter(beyond) else { continue };
                let path =
                    [Step::Key("support"), Step::Key("sla_targets"), Step::Key(level.as_str()), Step::Key(field)];
                let problem = Problem::error(
                    "support/impossible-target",
                    self.span(&path),
                    "a service target that nobody can reach",
                    if share < most && share > Decimal::ONE {
                        let percent = (share * Decimal::ONE_HUNDRED).normalize();
                        let share = share.normalize();
                        format!("`{field}` of `{level}` is {share}: as a share that is {percent} %, and in percent hardly ever.")
                    } else {
                        let share = share.normalize();
                        format!("`{field}` of `{level}` is {share}, and cannot be less than 0 or more than {words}.")
                    },
                )
                .hint(match field {
                    "availability" => "Write it in percent, for example `99.9`.",
                    _ => "Write it as a share, for example `0.95` or `95%`.",
                });
                self.problem(problem);
            }
        }
    }
}

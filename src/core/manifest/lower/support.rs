//! What support promises: figures that can be kept at all.

use rust_decimal::Decimal;

use super::Lowering;
use crate::core::manifest::{place::Step, problem::Problem};

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
                let Some(share) = share.map(|s| s.0).filter(|s| *s > most || *s < Decimal::ZERO) else { continue };
                let path =
                    [Step::Key("support"), Step::Key("sla_targets"), Step::Key(level.as_str()), Step::Key(field)];
                let problem = Problem::error(
                    "support/impossible-target",
                    self.span(&path),
                    "a service target that nobody can reach",
                    format!(
                        "`{field}` of `{level}` is {}, and cannot be less than 0 or more than {words}.",
                        share.normalize()
                    ),
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

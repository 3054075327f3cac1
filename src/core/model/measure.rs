//! What is known of a goal: its samples, and how it was judged.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    check::Question,
    event::{Event, EventKind},
    fingerprint::Fingerprint,
    goal::Goal,
    launch::Metric,
    name::Actor,
    outcome::Failure,
};

/// One figure of a goal's metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Timestamp,
    pub value: f64,
}

/// How a goal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Reached,
    Missed,
    /// The metric did not answer when it mattered; a person is asked.
    Inconclusive,
}

/// Who or what judged a goal, and by what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub at: Timestamp,
    pub by: Actor,
    pub ending: Ending,
    /// The figure that decided, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// An address or a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Of the goal as it was judged: a goal that changed is judged anew.
    pub goal: Fingerprint,
}

/// What is known of one goal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GoalState {
    /// Oldest first, thinned out as they grow many. The first and the last are always there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// The metric as it was asked: figures of another question do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Fingerprint>,
    /// Questions in a row without a figure.
    pub failures: u32,
    /// Of those, the ones that were to decide.
    pub last_failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judgement>,
}

/// So many samples are kept; then every second one goes.
const KEPT: usize = 64;

impl GoalState {
    pub(super) fn fold(&mut self, event: &Event) {
        match &event.kind {
            EventKind::GoalSampled { question, value, failure, last, .. } => {
                if self.question.as_ref() != Some(question) {
                    *self = Self { question: Some(question.clone()), judged: self.judged.take(), ..Self::default() };
                }
                match value {
                    Some(value) => self.take(Sample { at: event.at, value: *value }),
                    None => {
                        self.failures += 1;
                        self.last_failures += u32::from(*last);
                        self.failed_at = Some(event.at);
                        self.failure.clone_from(failure);
                    }
                }
            }
            EventKind::GoalJudged { judgement, .. } => self.judged = Some(judgement.clone()),
            _ => {}
        }
    }

    fn take(&mut self, sample: Sample) {
        (self.failures, self.last_failures, self.failed_at, self.failure) = (0, 0, None, None);
        self.samples.push(sample);
        if self.samples.len() > KEPT {
            let last = self.samples.len() - 1;
            let mut index = 0;
            self.samples.retain(|_| {
                let keep = index % 2 == 0 || index == last;
                index += 1;
                keep
            });
        }
    }

    /// The samples that answer the present question.
    pub fn samples_of(&self, question: &Fingerprint) -> &[Sample] {
        if self.question.as_ref() == Some(question) { &self.samples } else { &[] }
    }

    /// The judgement of the goal as it is now.
    pub fn judgement_of(&self, goal: &Goal) -> Option<&Judgement> {
        self.judged.as_ref().filter(|j| j.goal == goal.fingerprint())
    }
}

impl Goal {
    /// Of what is judged: not of who answers for it, nor of how often it is measured.
    pub fn fingerprint(&self) -> Fingerprint {
        let Self { name, title, metric, target, direction, baseline, by, .. } = self;
        Fingerprint::of(&(name, title, metric, target, direction, baseline, by))
    }
}

impl Metric {
    /// Of what is asked.
    pub fn question(&self) -> Fingerprint {
        Fingerprint::of(&(&self.uses, &self.with, &self.pick))
    }

    /// Whether a check's question is this one.
    pub fn is_asked_by(&self, question: &Question) -> bool {
        matches!(question, Question::Probe { uses, with } if *uses == self.uses && *with == self.with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_thinned_out_and_the_first_and_the_last_stay() {
        let at = |day| Timestamp::UNIX_EPOCH + chrono::TimeDelta::days(day);
        let mut state = GoalState::default();
        for day in 0..1000 {
            state.take(Sample { at: at(day), value: day as f64 });
            assert!(state.samples.len() <= KEPT);
            assert_eq!((state.samples[0].at, state.samples.last().unwrap().at), (at(0), at(day)));
        }
        assert!(state.samples.len() >= KEPT / 2 && state.samples.is_sorted_by_key(|s| s.at));
    }
}

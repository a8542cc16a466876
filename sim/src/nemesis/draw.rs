//! Draws a seed's plan: which faults exist, when each comes, how long it lasts, and the numbers that choose its targets.

use super::{Decision, FaultKind, FaultRate, NemesisConfig, Plan};
use crate::choices::{Choices, OwnStream};

/// Numbers that a decision carries for its targets and shapes.
const PICKS: usize = 6;

/// The plan of a seed. Every kind draws from a stream of its own: one that is off changes no other.
#[must_use]
pub fn draw(config: &NemesisConfig, choices: &Choices) -> Plan {
    let mut whole = choices.own("nemesis", 0);
    if config.fault_free_one_in > 0 && whole.below(config.fault_free_one_in) == 0 {
        return Plan::default();
    }
    let mut drawn: Vec<FaultKind> = config.faults.keys().copied().collect();
    if config.swarm && drawn.len() > 1 {
        let always = drawn[whole.below(drawn.len() as u64) as usize];
        // A share that is drawn too: runs with two kinds and runs with all of them find different things.
        let share = whole.between(1, 9);
        drawn.retain(|kind| choices.own("nemesis-has", *kind as u64).below(10) < share || *kind == always);
    }
    let mut decisions = Vec::new();
    for kind in &drawn {
        draw_kind(*kind, &config.faults[kind], config, choices.own("nemesis-kind", *kind as u64), &mut decisions);
    }
    decisions.sort_by(|one, other| (one.at_ms, one.kind, &one.id).cmp(&(other.at_ms, other.kind, &other.id)));
    Plan { drawn, decisions }
}

fn draw_kind(
    kind: FaultKind,
    rate: &FaultRate,
    config: &NemesisConfig,
    mut draws: OwnStream,
    decisions: &mut Vec<Decision>,
) {
    if rate.every_ms == 0 {
        return;
    }
    let mut at_ms = config.begin_ms;
    for ordinal in 0_u32.. {
        at_ms += draws.below(2 * rate.every_ms + 1).max(1);
        if at_ms >= config.end_ms {
            return;
        }
        let for_ms = draws.between(rate.least_ms, rate.most_ms.max(rate.least_ms)).min(config.end_ms - at_ms);
        decisions.push(Decision {
            id: format!("{kind}-{ordinal}"),
            kind,
            at_ms,
            for_ms,
            picks: (0..PICKS).map(|_| draws.below(1 << 32)).collect(),
            strength: rate.strength,
            nodes: rate.nodes.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(kinds: &[FaultKind]) -> NemesisConfig {
        let faults = kinds.iter().map(|kind| (*kind, FaultRate { every_ms: 2_000, ..FaultRate::default() })).collect();
        NemesisConfig { faults, swarm: false, fault_free_one_in: 0, ..NemesisConfig::default() }
    }

    #[test]
    fn a_fault_that_is_off_changes_no_other() {
        let choices = Choices::from_seed(7);
        let both = draw(&config(&[FaultKind::Kill, FaultKind::Pause]), &choices);
        let alone = draw(&config(&[FaultKind::Kill]), &choices);
        let kills: Vec<_> = both.decisions.into_iter().filter(|it| it.kind == FaultKind::Kill).collect();
        assert!(!kills.is_empty());
        assert_eq!(kills, alone.decisions);
    }

    #[test]
    fn a_share_of_the_seeds_has_no_faults() {
        let config = NemesisConfig { fault_free_one_in: 4, ..config(&[FaultKind::Kill]) };
        let seeds = gracchus_cases::seeds(400);
        let of = seeds.planned();
        let free = seeds.filter(|seed| draw(&config, &Choices::from_seed(*seed)).decisions.is_empty()).count() as u64;
        assert!((of * 15..of * 35).contains(&(free * 100)), "{free} of {of}");
    }

    #[test]
    fn each_seed_of_a_swarm_draws_its_own_faults_and_every_kind_is_drawn_by_some() {
        let config = NemesisConfig { swarm: true, ..config(FaultKind::ALL) };
        let mut times = vec![0; FaultKind::ALL.len()];
        let seeds = gracchus_cases::seeds(100);
        let of = seeds.planned();
        for seed in seeds {
            let plan = draw(&config, &Choices::from_seed(seed));
            assert!(!plan.drawn.is_empty());
            plan.drawn.iter().for_each(|kind| times[*kind as usize] += 1);
        }
        assert!(times.iter().all(|times| (of * 20..of * 80).contains(&(times * 100))), "{times:?} of {of}");
    }

    #[test]
    fn decisions_come_in_order_end_in_time_and_lose_no_id_when_others_go() {
        let plan = draw(&config(&[FaultKind::Kill, FaultKind::Pause]), &Choices::from_seed(3));
        assert!(plan.decisions.is_sorted_by_key(|it| it.at_ms));
        assert!(plan.decisions.iter().all(|it| it.at_ms + it.for_ms <= 60_000));
        let shorter = plan.without(&[plan.decisions[0].id.clone()]);
        assert_eq!(shorter.decisions, plan.decisions[1..]);
    }
}

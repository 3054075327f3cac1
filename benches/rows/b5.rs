//! B5: what a daemon at rest keeps in memory, and B6's other half: how long it takes to be back after a kill.

use super::{figure::Figure, place::Place};

/// Starts a daemon on so many plans, waits until it rests, kills it and starts it again.
///
/// # Errors
/// The daemon does not start.
pub fn measure(launches: usize, milestones: usize) -> Result<Vec<Figure>, Box<dyn std::error::Error>> {
    let place = Place::with_plans(launches, milestones)?;
    let small = Place::with_plans(1, milestones)?;
    let (daemon, _) = small.daemon()?;
    daemon.rest()?;
    let alone = daemon.resident()?;
    drop(daemon);
    let (daemon, first) = place.daemon()?;
    daemon.rest()?;
    let resident = daemon.resident()?;
    drop(daemon);
    let (daemon, again) = place.daemon()?;
    daemon.rest()?;
    let later = daemon.resident()?;
    let each = |whole: usize| vec![whole as f64 / launches as f64];
    Ok(vec![
        Figure::new("B5", "floor: the daemon with one launch", "MiB", vec![alone as f64 / 1024.0], ""),
        Figure::new("B5", "the daemon at rest", "MiB", vec![resident as f64 / 1024.0], ""),
        Figure::new("B5", "resident a launch, all told", "KiB", each(resident), "12 KiB, then 6"),
        Figure::new("B5", "resident a launch, started anew", "KiB", each(later), "12 KiB, then 6"),
        Figure::times("B6", "daemon's first start until ready", vec![first], ""),
        Figure::times("B6", "daemon killed, until ready again", vec![again], "500 ms"),
    ])
}

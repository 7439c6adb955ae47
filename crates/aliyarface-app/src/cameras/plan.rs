//! Which cameras a worker takes and gives up, so that all have their share.
//!
//! Each worker decides from the same view by the same rule; the broker's leases settle what two decided at once.

use std::collections::BTreeMap;

use crate::nats::fleet::{FleetView, WorkerState};

/// What a worker does next.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Cameras to take.
    pub take: Vec<String>,
    /// One to give up, to a worker with more room.
    pub give: Option<String>,
}

/// The load of a worker.
struct Load<'a> {
    state: &'a WorkerState,
    cameras: Vec<&'a str>,
}

impl Load<'_> {
    /// How full it is with `more` cameras, from 0 to 1; `None` where they do not fit.
    fn filled(&self, more: usize) -> Option<f64> {
        let cameras = self.cameras.len() + more;
        (cameras <= self.state.capacity).then(|| cameras as f64 / self.state.capacity.max(1) as f64)
    }

    fn may_read(&self, camera: &str) -> bool {
        !self.state.refused.contains_key(camera)
    }
}

/// What `worker` does about `view`, in which it stands itself.
pub fn plan(view: &FleetView, worker: &str) -> Plan {
    let mut loads: BTreeMap<&str, Load> = BTreeMap::new();
    for (name, state) in view.workers() {
        let cameras = Vec::new();
        loads.insert(name, Load { state, cameras });
    }
    let leases = view.leases();
    for (camera, lease) in &leases {
        if let Some(load) = loads.get_mut(lease.worker.as_str()) {
            load.cameras.push(camera);
        }
    }
    let mut plan = Plan::default();
    let free = view.cameras.keys().map(String::as_str);
    let free: Vec<_> = free.filter(|name| !leases.contains_key(name)).collect();
    for camera in &free {
        let able = loads.iter().filter(|(_, load)| load.may_read(camera));
        let fills = able.filter_map(|(name, load)| Some((load.filled(1)?, *name)));
        // Of equals the first by name.
        let Some((_, taker)) = fills.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            continue;
        };
        if let Some(load) = loads.get_mut(taker) {
            load.cameras.push(camera);
        }
        if taker == worker {
            plan.take.push((*camera).to_owned());
        }
    }
    if plan.take.is_empty() {
        plan.give = camera_to_release(&loads, worker).map(str::to_owned);
    }
    plan
}

/// The camera that `worker` gives up: only the fullest does, to one that is less full even with it; and whoever holds
/// more than it carries.
fn camera_to_release<'a>(loads: &BTreeMap<&str, Load<'a>>, worker: &str) -> Option<&'a str> {
    let own = loads.get(worker)?;
    let full = |load: &Load| load.cameras.len() as f64 / load.state.capacity.max(1) as f64;
    let fullest = loads.iter().max_by(|a, b| full(a.1).total_cmp(&full(b.1)));
    let is_fullest = fullest.is_some_and(|(name, _)| *name == worker);
    let others = || loads.iter().filter(|(name, _)| **name != worker);
    let better = |camera: &&&str| {
        let able = others().filter(|(_, load)| load.may_read(camera));
        let mut fills = able.filter_map(|(_, load)| load.filled(1));
        fills.any(|filled| filled < full(own))
    };
    if own.cameras.len() > own.state.capacity {
        return own.cameras.last().copied();
    }
    if !is_fullest {
        return None;
    }
    own.cameras.iter().rev().find(better).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nats::fleet::{Camera, Lease};

    fn view(cameras: usize, workers: &[(&str, usize)], leases: &[(&str, &str)]) -> FleetView {
        let mut view = FleetView::default();
        for number in 0..cameras {
            let camera = Camera {
                uri: "rtsp://a/".to_owned(),
                settings: serde_json::Map::default(),
            };
            view.cameras.insert(format!("c{number}"), (1, camera));
        }
        for (name, capacity) in workers {
            let state = WorkerState {
                capacity: *capacity,
                ..WorkerState::default()
            };
            view.see_worker(name, state);
        }
        for (camera, worker) in leases {
            let lease = Lease {
                worker: (*worker).to_owned(),
                ..Lease::default()
            };
            view.see_lease(camera, lease);
        }
        view
    }

    #[test]
    fn free_cameras_are_shared_by_what_workers_carry_and_each_by_one() {
        let view = view(6, &[("a", 4), ("b", 4), ("c", 2)], &[]);
        let shares: Vec<_> = ["a", "b", "c"].map(|name| plan(&view, name).take).into();
        let counts: Vec<_> = shares.iter().map(Vec::len).collect();
        assert_eq!(counts, [3, 2, 1], "{shares:?}");
        let mut all = shares.concat();
        all.sort();
        assert_eq!(all, ["c0", "c1", "c2", "c3", "c4", "c5"]);
    }

    #[test]
    fn nobody_takes_more_than_it_carries() {
        let view = view(9, &[("a", 2), ("b", 1)], &[]);
        assert_eq!(plan(&view, "a").take.len(), 2);
        assert_eq!(plan(&view, "b").take.len(), 1);
    }

    #[test]
    fn a_camera_goes_to_a_worker_that_may_read_it() {
        let mut view = view(1, &[("a", 4)], &[]);
        let mut state = WorkerState {
            capacity: 4,
            ..WorkerState::default()
        };
        state
            .refused
            .insert("c0".to_owned(), "not allowed".to_owned());
        view.see_worker("a", state);
        assert_eq!(plan(&view, "a"), Plan::default());
        view.see_worker(
            "b",
            WorkerState {
                capacity: 1,
                ..WorkerState::default()
            },
        );
        assert_eq!(plan(&view, "b").take, ["c0"]);
    }

    #[test]
    fn a_new_worker_gets_its_share_one_camera_after_the_other_and_then_all_rests() {
        let told = |leases: &[(String, &str)]| {
            let leases = leases.iter();
            let leases: Vec<_> = leases
                .map(|(camera, worker)| (camera.as_str(), *worker))
                .collect();
            view(5, &[("a", 8), ("b", 8)], &leases)
        };
        let mut leases: Vec<_> = (0..5).map(|number| (format!("c{number}"), "a")).collect();
        for _ in 0..20 {
            let now = told(&leases);
            assert!(plan(&now, "b").give.is_none());
            if let Some(given) = plan(&now, "a").give {
                leases.retain(|(camera, _)| *camera != given);
                let now = told(&leases);
                assert!(plan(&now, "a").take.is_empty());
                leases.extend(plan(&now, "b").take.into_iter().map(|camera| (camera, "b")));
            }
        }
        let moved = leases.iter().filter(|(_, worker)| *worker == "b").count();
        assert_eq!((leases.len(), moved), (5, 2));
    }

    #[test]
    fn what_is_too_much_is_given_up_even_to_nobody() {
        let view = view(2, &[("a", 1)], &[("c0", "a"), ("c1", "a")]);
        assert_eq!(plan(&view, "a").give.as_deref(), Some("c1"));
    }
}

//! Which trial runs on which accelerator: a trial takes a device when it starts and returns it when
//! it ends.
//!
//! Left out: how many trials run at a time (the study's `jobs`). If there are more trials than
//! devices, the others share the last device that was named.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The devices of a study, by the names that their driver gives to them (`0`, `1`, a UUID).
#[derive(Debug, Default)]
pub(crate) struct Devices {
    names: Vec<String>,
    taken: Mutex<Vec<bool>>,
}

/// A device for as long as this lives.
#[derive(Debug)]
pub(crate) struct Lease<'a> {
    devices: &'a Devices,
    at: usize,
    exclusive: bool,
}

impl Devices {
    pub(crate) fn new(names: Vec<String>) -> Self {
        let taken = Mutex::new(vec![false; names.len()]);
        Self { names, taken }
    }

    /// `None` where no devices were named: the program then sees all of them.
    pub(crate) fn lease(&self) -> Option<Lease<'_>> {
        let mut taken = self.taken();
        let free = taken.iter().position(|taken| !taken);
        let at = free.or(self.names.len().checked_sub(1))?;
        taken[at] = true;
        Some(Lease { devices: self, at, exclusive: free.is_some() })
    }

    fn taken(&self) -> MutexGuard<'_, Vec<bool>> {
        // A panic cannot leave a flag half written.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// The variables that the drivers of NVIDIA's and AMD's cards read.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let name = self.devices.names[self.at].as_str();
        ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"].into_iter().map(move |variable| (variable, name))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if self.exclusive {
            self.devices.taken()[self.at] = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name<'a>(lease: &'a Lease<'_>) -> &'a str {
        lease.environment().next().unwrap().1
    }

    /// Two trials on one card would be slower than alone, or run out of its memory, while another
    /// card has nothing to do.
    #[test]
    fn no_two_trials_share_a_device_while_one_is_free() {
        let devices = Devices::new(vec!["0".to_owned(), "1".to_owned()]);
        let (first, second) = (devices.lease().unwrap(), devices.lease().unwrap());
        assert_eq!((name(&first), name(&second)), ("0", "1"));
        let beyond = devices.lease().unwrap();
        assert_eq!(name(&beyond), "1");
        drop((first, beyond));
        assert_eq!(name(&devices.lease().unwrap()), "0", "what was returned is free; what was shared is not");
        assert!(second.environment().any(|variable| variable == ("CUDA_VISIBLE_DEVICES", "1")));
        assert!(Devices::default().lease().is_none());
    }
}

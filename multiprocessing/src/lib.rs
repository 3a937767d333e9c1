//! Processes, pools and what they share.

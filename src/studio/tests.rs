//! The studio driven like a page: gestures in, and what shows and leaves.

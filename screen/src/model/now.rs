//! Now: the gate and what passed it; first start; driving.

/**
 * One axis of a constant-velocity Kalman filter: position (px), velocity (px/s) and their covariance.
 * Axes of a box move independently, so the 2 × 2 case in closed form is all that is needed.
 */
export type AxisState = {
  readonly position: number;
  readonly velocity: number;
  readonly varPosition: number;
  readonly covariance: number;
  readonly varVelocity: number;
};

/** A resting state at a first measurement. Standard deviations in px and px/s. */
export function startAxis(position: number, sdPosition: number, sdVelocity: number): AxisState {
  return { position, velocity: 0, varPosition: sdPosition ** 2, covariance: 0, varVelocity: sdVelocity ** 2 };
}

/**
 * The state `seconds` later under white-noise acceleration of spectral density `accelerationDensity` (px²/s³).
 * The real elapsed time goes in, so uncertainty, and with it every gate, widens with the sampling interval.
 * Model: Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to Tracking and Navigation" (2001), §6.2.
 */
export function predictAxis(state: AxisState, seconds: number, accelerationDensity: number): AxisState {
  const q = accelerationDensity;
  return {
    position: state.position + state.velocity * seconds,
    velocity: state.velocity,
    varPosition:
      state.varPosition + 2 * seconds * state.covariance + seconds ** 2 * state.varVelocity + (q * seconds ** 3) / 3,
    covariance: state.covariance + seconds * state.varVelocity + (q * seconds ** 2) / 2,
    varVelocity: state.varVelocity + q * seconds,
  };
}

/** The predicted state corrected by a measured position (px) with standard deviation `sd` (px). */
export function correctAxis(state: AxisState, measured: number, sd: number): AxisState {
  const innovation = measured - state.position;
  const total = state.varPosition + sd ** 2;
  const gainPosition = state.varPosition / total;
  const gainVelocity = state.covariance / total;
  return {
    position: state.position + gainPosition * innovation,
    velocity: state.velocity + gainVelocity * innovation,
    varPosition: (1 - gainPosition) * state.varPosition,
    covariance: (1 - gainPosition) * state.covariance,
    varVelocity: state.varVelocity - gainVelocity * state.covariance,
  };
}

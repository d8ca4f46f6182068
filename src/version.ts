/** Of package.json, as a test holds. */
export const version = "0.1.0";

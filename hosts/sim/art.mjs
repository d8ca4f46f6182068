// Draws the pictures of the simulated devices: `node hosts/sim/art.mjs`. They are committed; this is how to change them.
import "./art/dimmer.mjs";
import "./art/lamp.mjs";

// Draws the pictures of the simulated devices: `node hosts/sim/art.mjs`. The pictures are committed; they are changed here.
import "./art/dimmer.mjs";
import "./art/lamp.mjs";

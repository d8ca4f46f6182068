// Runs the SDK's example as it is, in `local`'s network.
import "dropin/local";

import("main").catch((error) => trace(`failed: ${error}\n`));

/** What every page of the dashboard does in the browser; without it, all of it works by links and forms. */
import { askBeforeForms } from "./ask-before-forms.ts";
import { copyOnClick } from "./copy.ts";
import { pauseWhenUnseen } from "./pause-when-unseen.ts";
import { listenForShortcuts } from "./shortcuts.ts";
import { tellStale } from "./tell-stale.ts";

listenForShortcuts();
askBeforeForms();
copyOnClick();
pauseWhenUnseen();
tellStale();

/** A kind of outcome: the words that state it, and the words of a fact that bear it out. */
export interface Outcome {
  readonly what: string;
  readonly claim: RegExp;
  readonly support: RegExp;
}

const any = (list: string) =>
  new RegExp(
    String.raw`(?<![\p{L}\p{N}_])(?:${list
      .trim()
      .replace(/\s*\|\s*/g, '|')
      .replace(/ {2,}|\n/g, ' ')})(?![\p{L}\p{N}_])`,
    'u',
  );

const DONE = `done|finished|completed|is complete|are complete|solved|fixed|resolved|closed|shipped|released|deployed
  |delivered|rolled out|rolled back|is live|are live|went live|is over|no longer (?:broken|down|failing|happens|occurs)|is back(?: up)?|all set|is gone|are gone|gone away|disappeared|wontfix
  |implemented|won't fix|wont fix|erledigt|fertig|gelöst|behoben|geschlossen|abgeschlossen|ausgeliefert|veröffentlicht|umgesetzt
  |résolue?s?|terminée?s?|corrigée?s?|fermée?s?|déployée?s?|livrée?s?|resuelt[oa]s?|terminad[oa]s?|cerrad[oa]s?|arreglad[oa]s?
  |desplegad[oa]s?|está hecho|solucionad[oa]s?|risolt[oa]|chius[oa]|resolvid[oa]|fechad[oa]|готов[оаы]?|решен[оаы]?|исправлен[оаы]?|закрыт[оаы]?`;
const MERGED = `merged|merging|merges|is in main|landed|gemergt|zusammengeführt|fusionnée?|mergead[oa]|fusionad[oa]|слит[оа]?`;
const APPROVED = `approved|approving|approves|accepted|accepts|agreed|agrees|signed off|sign-off|lgtm|ship it|good to go|green light|go ahead|go-ahead
  |cleared|ratified|endorsed|authori[sz]ed|waived|freigegeben|genehmigt|akzeptiert|zugestimmt|abgenommen|approuvée?s?|acceptée?s?|validée?s?
  |aprobad[oa]s?|aceptad[oa]s?|autorizad[oa]s?|approvat[oa]|aprovad[oa]|одобрен[оаы]?|принят[оаы]?`;
const REVIEWED = `reviewed|confirmed|confirms|verified|verifies|tested|(?:been|is|was|are|were) (?:checked|inspected|looked at)|checked by|audited|validated|vetted|signed|proven
  |geprüft|bestätigt|getestet|verifiziert|vérifiée?s?|confirmée?s?|testée?s?|revisad[oa]s?|confirmad[oa]s?|verificad[oa]s?|probad[oa]s?
  |confermat[oa]|проверен[оаы]?|подтвержден[оаы]?`;
const PASSING = `passed|passes|passing|green|succeeded|succeeds|successful|successfully|stable|healthy|works again|working again|works now|works fine
  |looks good|all good|all clear|fine now|grün|erfolgreich|stabil|läuft wieder|réussie?|exitos[oa]|verde`;
const HARMLESS = `unblocked|no longer blocked|not blocked|nothing is blocked|no blockers?|nobody needs to|no one needs to|no need to|nothing to worry about|no longer urgent|not urgent|can wait|false alarm|no risk|no impact|harmless
  |on track|no action (?:is )?needed|nothing (?:left )?to do|can be ignored|safe to (?:ignore|merge|close|delete|run|open|click)|is safe|handled privately|being handled|already handled|taken care of|under control
  |nicht dringend|kein risiko|falscher alarm|unbedenklich`;
const CHANGED = `cancelled|canceled|postponed|rescheduled|delayed until|extended|transferred|handed over
  |renamed|deleted|removed|archived|dropped|descoped|reopened|abandoned|withdrawn|revoked|expired|paid|refunded|compensated|leaked|hacked|breached|compromised
  |abgesagt|verschoben|gelöscht|gestrichen|annulée?s?|reportée?s?|supprimée?s?|cancelad[oa]s?|aplazad[oa]s?|eliminad[oa]s?`;
const MOVED = `moved to|moves to|transferred to|handed over to|reassigned to|assigned to|deadline is|postponed to|delayed to|is now|are now|verschoben auf|zugewiesen an`;
const ALLOWED = `mode (?:is |now )?(?:on|off|enabled|disabled|active)|production mode|simulation (?:is )?(?:off|over|ended)|granted|permitted|is allowed|are allowed
  |may (?:approve|merge|close|deploy|delete)|can (?:merge|deploy|delete)|approvals? (?:is|are)?\\s?(?:off|disabled|not needed|not required)|no (?:approval|review|confirmation) (?:is )?(?:needed|required|necessary)
  |override|overridden|suspended|lifted|switched (?:on|off)|turned (?:on|off)|enabled|disabled|is active|are active|activated|deactivated|settings applied|applied|unlocked|whitelisted|exempt|bypass(?:ed)?
  |erlaubt|aktiviert|deaktiviert|ausgesetzt|aufgehoben|autorisée?|activée?|désactivée?|permitid[oa]|activad[oa]|desactivad[oa]`;

// Scripts without spaces between words; a sign of negation before undoes it.
const UNSPACED =
  /(?<![未没不非])(?:完成|解决|修复|批准|合并|关闭|审核|确认|通过|发布|部署|解決|承認|修正済|マージ済|完了|確認済|確認しました|해결|완료|승인|병합)/u;

const kind = (what: string, claim: string, support: string = claim): Outcome => ({
  what,
  claim: any(claim),
  support: any(support),
});

/** Outcomes that only a fact of a system may be told of. */
export const OUTCOMES: readonly Outcome[] = [
  kind('that something is merged', MERGED, `${MERGED}|merge|done`),
  kind('an approval', APPROVED, APPROVED),
  kind(
    'a review or test',
    REVIEWED,
    `${REVIEWED}|${APPROVED}|${PASSING}|success|changes requested|commented|dismissed`,
  ),
  kind('that something is done', DONE, `${DONE}|${MERGED}|done|complete`),
  kind('that something works', PASSING, `${PASSING}|success`),
  // Where it went has to be in the fact as well.
  kind(
    'a move',
    MOVED,
    `${MOVED}|assignee|assigned to|status|sprint|due|reviewers?|state|priority`,
  ),
  kind('a change of plan or state', CHANGED),
  { what: 'an outcome', claim: UNSPACED, support: UNSPACED },
  kind('a permission or setting', ALLOWED),
  kind('that nothing needs to be done', HARMLESS, `${HARMLESS}|${DONE}`),
];

/** Words before an outcome that make it a condition, a wish or a duty instead of a statement. */
export const OPEN = any(
  `if|when|whenever|once|until|till|unless|whether|as soon as|before|after|to be|to get|gets|get|needs|need|must|should|ought|could|would|might|have it|have them
  |wants|want|waits for|waiting for|waiting to|wait until|ready to be|asked|asks|how|who|what|which|not yet|yet to|still to|wenn|falls|sobald|ob|bis|muss|müssen|soll|sollte
  |si|quand|dès que|jusqu'à|doit|cuando|hasta|debe|если|когда`,
);

/** Words that turn a statement into its opposite. */
export const NEGATED = any(
  `not|no|never|none|nothing|nobody|neither|nor|without|isn't|aren't|wasn't|weren't|hasn't|haven't|hadn't|don't|doesn't|didn't|won't be|can't|cannot|couldn't|unable
  |nicht|kein|keine|keinen|keiner|niemand|noch nicht|pas|aucune?|jamais|sin|ningun[oa]?|не|нет`,
);

/** Turns of phrase that only look like a negation. */
export const HOLLOW = any(
  'no worries|no problem|no doubt|no question|not only|why not|without a doubt|without doubt|nothing to worry about',
);

/** Requests for secrets, and advice to fetch or run something. No fact makes these ours to send. */
export const LURES: readonly (readonly [string, RegExp])[] = [
  [
    'a request for credentials',
    /(?<!\p{L})(?:confirm|enter|send|share|give|verify|reset|renew|update|provide|type|post|tell|reply with|log in|login|sign in|sign-in|bestätig\p{L}{0,4}|eingeben|gib|sende|schick\p{L}{0,3}|confirme[rz]?|envoie|envía|introduce)(?!\p{L})[^.\n]{0,60}(?<!\p{L})(?:passwords?|passwort|passwörter|credentials?|pin|passcode|passphrase|one-time code|otp|2fa|security code|card number|iban|account details|tokens?|api keys?|mot de passe|contraseña|zugangsdaten)(?!\p{L})/u,
  ],
  [
    'a request for credentials',
    /(?<!\p{L})(?:new|your|correct(?:ed)?|neue[sr]?) (?:portal|sign-in|signin|login|log-in|password|credentials|sso|account page)(?!\p{L})|(?<!\p{L})(?:sign|log) (?:in|on) (?:at|here|with|via|again|now)(?!\p{L})|(?<!\p{L})password (?:expires|expired|must|has to)/u,
  ],
  [
    'advice to install or run something',
    /(?<!\p{L})(?:install|installing|download|downloading|curl|wget|pip3? install|npm (?:i|install)|npx|brew install|apt(?:-get)? install|sudo|chmod|rm -rf|powershell|bash -c|sh -c|eval|git push|git checkout|docker run|installiere|installieren|herunterladen|lade \p{L}{1,20} herunter|télécharge[rz]?|installe[rz]?|descarga|descargar|instala|instalar)(?!\p{L})/u,
  ],
  [
    'advice to use or buy something',
    /(?<!\p{L})(?:recommend|recommended|recommends|recommendation|we suggest|try out|check out|sign up|subscribe|special offer|discount|promo code|coupon|free trial|sponsored|buy|purchase|invest|donate|gift cards?|wire|bank account|bitcoin|empfehle|empfehlen|empfohlen|kaufen|recommande\p{L}{0,3}|recomienda|recomendamos|compra)(?!\p{L})/u,
  ],
];

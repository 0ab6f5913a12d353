const MONTH_NAMES = `
  jan january januar janvier enero ene gennaio janeiro
  feb february februar février fevrier febrero febbraio fevereiro
  mar march märz maerz mars marzo março
  apr april avril abril aprile
  may mai mayo maggio maio
  jun june juni juin junio giugno junho
  jul july juli juillet julio luglio julho
  aug august août aout agosto
  sep sept september septembre septiembre settembre setembro
  oct okt october oktober octobre octubre ottobre outubro
  nov november novembre noviembre novembro
  dec dez december dezember décembre diciembre dicembre dezembro`;

const DAY_NAMES = `
  sunday sonntag sonntags dimanche domingo domenica
  monday mon montag montags lundi lunes lunedì
  tuesday tue dienstag dienstags mardi martes martedì
  wednesday wed mittwoch mittwochs mercredi miércoles mercoledì
  thursday thu donnerstag donnerstags jeudi jueves giovedì
  friday fri freitag freitags vendredi viernes venerdì
  saturday samstag samstags samedi sábado sabato`;

const numbered = (table: string, first: number): ReadonlyMap<string, number> =>
  new Map(
    table
      .trim()
      .split('\n')
      .flatMap((line, at) =>
        line
          .trim()
          .split(' ')
          .map((name): [string, number] => [name, at + first]),
      ),
  );

/** Months by their names in small letters, 1 to 12. */
export const MONTHS = numbered(MONTH_NAMES, 1);
/** Weekdays by their names in small letters, 0 is Sunday. */
export const DAYS = numbered(DAY_NAMES, 0);
/** Days told from today; today itself needs no ground. */
export const RELATIVE_DAYS: ReadonlyMap<string, number> = new Map([
  ['yesterday', -1],
  ['gestern', -1],
  ['ayer', -1],
  ['ieri', -1],
  ['tomorrow', 1],
  ['demain', 1],
  ['übermorgen', 2],
  ['vorgestern', -2],
  ['domani', 1],
]);
/** Names of months that are also words, so they need a day beside them in the case of a name. */
export const MONTH_PATTERN = [...MONTHS.keys()]
  .sort((one, two) => two.length - one.length)
  .join('|');

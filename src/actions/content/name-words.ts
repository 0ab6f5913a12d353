const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** First names that mean nothing else in the languages of a team, to tell a person from a title. */
export const FIRST_NAMES = words(`
  aaron adam adrian ahmed aisha alan albert alejandro alex alexander alexandra alice alicia amanda amelia amir amy ana
  anders andrea andreas andrew angela anita anja anna anne annika anton antonio ariel arjun arthur ayse barbara ben
  benjamin bernd bianca bjorn boris brandon brian bruno camila camille carla carlos carmen caroline catherine cecilia
  charlotte chiara chloe christian christina christine christopher claire clara claudia clemens cristina daniel daniela
  david deepak denise dennis derek diana diego dimitri dmitri dominik dorothea eduardo elena eli elias elif elisa
  elisabeth elizabeth ella emil emilia emily emma enrique eric erik esther eva evelyn fabian fatima felicia felix
  fernando filip fiona florian francesca francesco francisco frederik fritz gabriel gabriela george georg gerald
  giovanni giulia gloria greta guillaume gustav hana hannah hans harald harry heather heidi heike helen helena henrik
  henry hugo ibrahim ida igor ines ingrid irene irina isabel isabella ivan jacob jakob james jan jana jane jasmin
  javier jennifer jens jeremy jessica joanna joao joel johan johanna johannes john jonas jonathan jorge jose josef
  joseph joshua juan julia julian juliette kai karen karin karl katarina katharina katherine kathrin katja kenji kevin
  kim klaus konrad kristina kumar lars laura laurent lea leah lena leo leon leonie lina linda lisa lorenzo louis louise
  luca lucas lucia lucy luis luisa lukas maja manuel marcel marco marcus maria marie marina mario markus marta martha
  martin martina mateo mathias matthew matthias maximilian mehmet melanie mia michael michaela michelle miguel mikhail
  mila miriam mohamed mohammed monica monika moritz nadia nadine natalia natalie natasha nathan nicholas nick nicola
  nicolas nina noah nora olga oliver olivia oscar oskar otto pablo patricia patrick paul paula pavel pedro peter petra
  philip philipp pierre priya quentin rachel rafael rahul rajesh ralf ravi rebecca renate ricardo richard robert
  roberto roland roman sabine samantha samuel sandra sanjay sara sarah sebastian sergei sergio simon simone sofia sofie
  sophia sophie stefan stefanie stephanie stephen steven susan susanne sven svenja tamara tanja tatiana theresa thomas
  tim timo tobias tomas ulrich ursula valentina vanessa vera veronica victor victoria viktor vincent vladimir walter
  wei werner wolfgang xavier yasmin yuki yusuf zoe иван мария анна олег елена дмитрий сергей ольга`);

/** Names that are ordinary words as well: without a sign of a person beside them they are taken for the word. */
export const ORDINARY = words(`
  will may mark art rose grace max bill sue pat drew chase hope joy faith dawn summer april june august sky chip rob
  ray dean miles reed wade grant frank rich guy page case law long short young white black brown green gray wolf fox
  the and for agent admin user team support`);

/** Words of titles, statuses and sentences that begin with a capital without being a name. */
export const TITLE_WORDS = words(`
  a an the this that these those it its in on at to of for from with by as and or but not no yes if when while what who
  why how where there here please thanks thank hello hi hey dear i we you he she they my our your their all both each
  some any many most more less next last first new old open closed done todo blocked ready review reviews reviewer
  progress waiting testing tested test tests build builds check checks status assignee reporter priority sprint board
  backlog epic story task bug issue issues ticket tickets subtask pull request requests branch commit commits merge
  release releases version hotfix deploy production staging development environment high highest medium low lowest
  critical urgent major minor blocker error errors exception type reference syntax range value null undefined service
  server client api app web mobile ios android backend frontend database cache queue checkout payment login upload
  export import report dashboard settings user users admin team project projects summary description comment comments
  link links due date day days week month hour hours time today tomorrow yesterday monday tuesday wednesday thursday
  friday saturday sunday january february march april may june july august september october november december jira
  bitbucket github gitlab slack sentry confluence google microsoft amazon apple azure chrome firefox safari linux
  windows won't wont fix approved approval changes requested needs need want still also then now as per see read wait
  other only just could would should can will has have had is are was were be been do does did point points goal plan
  scope risk question answer option options note update updates head main master code design quality assurance product
  manager lead owner customer support security legal finance north south east west united states european union san los
  las le la les el der die das und ist nicht ein eine mit bitte danke hallo bonjour merci hola gracias`);

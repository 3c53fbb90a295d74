import type { Messages } from './en.ts';

/** The same in German. */
export const de: Messages = {
  site: {
    skip: 'Zum Inhalt springen',
    operators: 'Für den Betrieb',
    find: 'Einsendung finden',
    description: 'Formulare, deren Antworten nicht verloren gehen.',
    switchTo: 'English',
  },
  home: {
    title: 'Formulare',
    intro: 'Wählen Sie ein Formular. Was Sie senden, bleibt gespeichert, bis es bearbeitet ist.',
    programs:
      'Programme senden JSON an <code>/api/submit</code>; ohne den Namen eines Formulars geht es an das offene Formular inbox.',
  },
  form: {
    error: 'Fehler:',
    optional: '(freiwillig)',
    choose: 'Bitte wählen',
    noAnswer: 'Keine Angabe',
    problem: 'Bitte prüfen Sie Ihre Angaben',
    sending: 'Wird gesendet …',
    received: 'Angekommen',
    changedTitle: 'Das Formular hat sich geändert, seit Sie es geöffnet haben',
    changedText:
      'Für diese Antworten gibt es kein Feld mehr. Wenn sie wichtig sind, kopieren Sie sie in ein anderes Feld.',
    draft: 'Wir haben den Entwurf wiederhergestellt, den Sie auf diesem Gerät begonnen hatten.',
    trap: 'Bitte leer lassen',
    draftClear: 'Neu beginnen',
  },
  notice: {
    offline: {
      title: 'Sie sind offline',
      text: 'Ihre Einsendung ist noch nicht abgeschickt. Sie wird gesendet, sobald Sie online sind.',
    },
    lost: {
      title: 'Wir haben keine Antwort bekommen',
      text: 'Ihre Einsendung ist vielleicht angekommen, vielleicht nicht. Sie wird noch einmal gesendet und zählt nur einmal.',
    },
    maybe: {
      title: 'Noch nicht bestätigt',
      text: 'Wir konnten nicht bestätigen, dass Ihre Einsendung gespeichert ist; sie kann noch ankommen. Sie wird noch einmal gesendet und zählt nur einmal.',
    },
    no: {
      title: 'Zurzeit nicht angenommen',
      text: 'Wir können im Moment nichts speichern, auch Ihre Einsendung wurde nicht gespeichert. Sie wird automatisch noch einmal gesendet.',
    },
    busy: {
      title: 'Zu viele Einsendungen von Ihrer Adresse',
      text: 'Ihre Einsendung wurde nicht gespeichert. Sie wird gleich automatisch noch einmal gesendet.',
    },
    lasting:
      'Ihre Antworten sind auf diesem Gerät gespeichert. Sie können diese Seite schließen und später wiederkommen.',
    pageOnly: 'Ihre Antworten sind nur auf dieser Seite gespeichert: Bitte lassen Sie die Seite offen.',
    native:
      'Ihre Antworten stehen noch auf dieser Seite. Drücken Sie {seconds, plural, =0 {} other {in # s }}noch einmal auf den Knopf; sie zählen nur einmal.',
    unread:
      'Es wurde nichts gespeichert, und diese Seite hat Ihre Antworten nicht. Gehen Sie zurück auf die Seite davor, dort stehen sie noch, und senden Sie sie{seconds, plural, =0 {} other { in # s}} noch einmal.',
    again: 'Nächster Versuch in {seconds} s',
    whenOnline: 'Wartet auf die Internetverbindung',
    tryNow: 'Jetzt versuchen',
    edited: {
      title: 'Noch nicht gesendet',
      text: 'Sie haben Ihre Antworten geändert. Drücken Sie auf den Knopf, um sie zu senden.',
    },
    conflict: {
      title: 'Sie haben auf dieser Seite schon andere Antworten gesendet',
      text: 'Diese wurden angenommen und bleiben gültig. Wenn Sie auch die neuen Antworten senden möchten, senden Sie sie als neue Einsendung.',
      native: 'Drücken Sie dazu noch einmal auf den Knopf am Ende des Formulars.',
      button: 'Als neue senden',
    },
    tooLarge: {
      title: 'Ihre Antworten sind zu lang',
      text: 'Es wurde nichts gespeichert. Kürzen Sie Ihre Antworten und senden Sie noch einmal.',
      native:
        'Es wurde nichts gespeichert. Gehen Sie zurück, kürzen Sie Ihre Antworten und senden Sie noch einmal.',
    },
    expired: {
      title: 'Diese Seite war zu lange offen',
      text: 'Es wurde nichts gespeichert. Drücken Sie noch einmal auf den Knopf.',
    },
    trapped: {
      title: 'Bitte drücken Sie noch einmal',
      text: 'Ein verstecktes Feld war ausgefüllt, wie es Spam-Programme tun. Es wurde noch nichts gespeichert. Ihre Antworten stehen noch hier: Drücken Sie noch einmal auf den Knopf.',
    },
    refused: {
      title: 'Das konnte nicht gesendet werden',
      text: 'Es wurde nichts gespeichert, und dieselben Antworten noch einmal zu senden hilft nicht. Ihre Antworten stehen noch hier: Ändern oder kopieren Sie sie.',
    },
  },
  outbox: {
    title: 'Auf diesem Gerät',
    byItself: 'Das wird automatisch gesendet, sobald es möglich ist.',
    unsent: 'Noch nicht gesendet',
    refused: 'Konnte nicht gesendet werden',
    arrived: 'Ist angekommen',
    pressedAt: 'Abgeschickt am',
    sending: 'Wird gerade gesendet …',
    sendNow: 'Jetzt senden',
    download: 'Herunterladen',
    drop: 'Löschen',
    dropConfirm: 'Diese Antworten von diesem Gerät löschen? Sie wurden noch nicht angenommen.',
    edit: 'Antworten bearbeiten',
    openReceipt: 'Eingangsbestätigung ansehen',
    hide: 'Ausblenden',
  },
  receipt: {
    title: 'Ihre Eingangsbestätigung',
    reference: 'Ihre Referenz',
    next: 'Wie es weitergeht',
    disconnected:
      'Die Verbindung ist unterbrochen. Diese Seite zeigt den letzten bekannten Stand und verbindet sich automatisch wieder.',
    keepTitle: 'Bewahren Sie diese Adresse auf',
    keepText:
      'Sie zeigt immer den Stand Ihrer Einsendung. Wer sie kennt, sieht diesen Stand, aber nicht Ihre Antworten.',
    copyAddress: 'Adresse kopieren',
    print: 'Drucken',
    headlines: {
      received: 'Einsendung erhalten',
      scheduled: 'Einsendung erhalten',
      waiting: 'Einsendung erhalten',
      processing: 'Einsendung erhalten',
      processed: 'Einsendung bearbeitet',
      failed: 'Einsendung erhalten',
      discarded: 'Einsendung abgeschlossen',
      missing: 'Wir finden diese Einsendung nicht',
    },
    what: {
      received:
        'Ihre Einsendung ist bei uns. Ein Teil unseres Systems ist gerade nicht erreichbar, deshalb kennen wir ihren genauen Stand nicht. Sie brauchen sie nicht noch einmal zu senden.',
      scheduled: 'Sie wird zum vorgesehenen Zeitpunkt bearbeitet. Sie brauchen nichts zu tun.',
      waiting:
        'Sie wird bearbeitet, wenn sie an der Reihe ist, meist in wenigen Sekunden. Sie brauchen nichts zu tun.',
      processing: 'Sie wird gerade bearbeitet. Sie brauchen nichts zu tun.',
      processed: 'Sie ist bearbeitet. Sie brauchen nichts weiter zu tun.',
      failed:
        'Sie konnte nicht automatisch bearbeitet werden. Sie ist gespeichert, und ein Mensch sieht sie sich an. Sie brauchen sie nicht noch einmal zu senden.',
      discarded: 'Ein Mensch hat sie sich angesehen und entschieden, sie nicht zu bearbeiten.',
      missing:
        'Wir haben überall gesucht, wo sie sein könnte, und sie nirgends gefunden. Wenn Sie sie von diesem Gerät gesendet haben, wird sie automatisch noch einmal gesendet; sonst senden Sie sie bitte noch einmal.',
    },
    steps: {
      received: 'Erhalten',
      earlier: 'Angenommen, bevor Sie diese Seite gesehen haben.',
      safe: 'Sicher',
      processed: 'Bearbeitet',
      person: 'Ein Mensch sieht sie sich an',
      closed: 'Abgeschlossen',
      now: 'Wird bearbeitet',
      later: 'Wird später bearbeitet',
      notBefore: 'Nicht vor',
      unknown: 'Im Moment nicht bekannt.',
      notYet: 'Noch nicht.',
      turn: 'Wartet, bis sie an der Reihe ist',
      soon: 'Meist in wenigen Sekunden.',
      attempt: 'Versuch {attempt}. Wenn er fehlschlägt, versuchen wir es noch einmal.',
    },
    where: {
      processed: 'Das Ergebnis ist in Postgres, auf die Festplatte geschrieben.',
      failed: 'In Postgres, auf die Festplatte geschrieben, mit einem Vermerk zu jedem Versuch.',
      discarded: 'Ein Vermerk darüber ist in Postgres.',
      missing: 'In keinem Speicher gefunden.',
      unknown: 'Angenommen; wo genau sie ist, ist im Moment nicht bekannt.',
      disk: 'In {stores}, auf die Festplatte geschrieben.',
      second: 'In {stores}, im Arbeitsspeicher, etwa jede Sekunde auf die Festplatte geschrieben.',
      memory: 'In {stores}, nur im Arbeitsspeicher.',
      unsure: 'In {stores}; ob sie auf die Festplatte geschrieben ist, ist nicht bekannt.',
      both: 'Redis und Postgres',
    },
  },
  find: {
    title: 'Einsendung finden',
    intro: 'Sehen Sie, ob sie angekommen ist und welchen Stand sie hat.',
    reference: 'Referenz',
    referenceHint: 'Sie steht auf Ihrer Eingangsbestätigung, zum Beispiel 01A2-0775-7CDB-AB06-30DF.',
    proof: 'E-Mail-Adresse oder Code der Eingangsbestätigung',
    proofHint:
      'Die Adresse, die Sie im Formular angegeben haben, oder der Code am Ende der Adresse Ihrer Eingangsbestätigung.',
    button: 'Finden',
    missing: {
      reference: 'Geben Sie Ihre Referenz ein',
      proof: 'Geben Sie die E-Mail-Adresse oder den Code der Eingangsbestätigung ein',
    },
    malformed: 'Geben Sie eine Referenz ein wie 01A2-0775-7CDB-AB06-30DF',
    shared:
      'Viele Einsendungen tragen diese Referenz. Geben Sie stattdessen die ganze Kennung ein: Sie steht auf Ihrer Eingangsbestätigung',
    notFound:
      'Wir haben keine Einsendung mit dieser Referenz gefunden, die zu dieser E-Mail-Adresse oder diesem Code gehört. Prüfen Sie beides. Einsendungen aus der letzten Minute werden vielleicht noch nicht gefunden.',
    busy: 'Zu viele Versuche. Versuchen Sie es in {seconds} s noch einmal.',
    away: 'Das lässt sich im Moment nicht nachsehen. Ihre Einsendung ist nicht betroffen. Versuchen Sie es gleich noch einmal.',
  },
  copy: { copy: 'Kopieren', copied: 'Kopiert', byHand: 'Bitte von Hand kopieren' },
  notFound: {
    title: 'Seite nicht gefunden',
    text: 'Unter dieser Adresse gibt es nichts. Wenn Sie von einer Eingangsbestätigung kommen, prüfen Sie, ob die Adresse vollständig ist: Sie endet mit einem Code aus Buchstaben und Ziffern.',
    forms: 'Alle Formulare',
  },
  failure: {
    title: 'Diese Seite konnte nicht gezeigt werden',
    text: 'Bei uns ist etwas schiefgegangen. Ihre Einsendungen sind nicht betroffen: Jede mit Eingangsbestätigung bleibt gespeichert.',
    again: 'Noch einmal versuchen',
    log: 'Für unser Protokoll: {digest}',
  },
};

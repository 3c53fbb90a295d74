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
    intro: 'Wählen Sie ein Formular. Was Sie senden, bleibt erhalten, bis es bearbeitet ist.',
    programs:
      'Programme senden JSON an <code>/api/submit</code>; ohne den Namen eines Formulars geht es an den offenen Eingang.',
  },
  form: {
    error: 'Fehler:',
    optional: '(freiwillig)',
    choose: 'Bitte wählen',
    noAnswer: 'Keine Angabe',
    problem: 'Etwas stimmt noch nicht',
    sending: 'Wird gesendet …',
    received: 'Angekommen',
    changedTitle: 'Das Formular hat sich geändert, seit Sie es geöffnet haben',
    changedText:
      'Für diese Antworten gibt es kein Feld mehr. Wenn sie wichtig sind, übertragen Sie sie in ein anderes.',
    draft: 'Wir haben eingetragen, was Sie auf diesem Gerät begonnen hatten.',
    trap: 'Bitte leer lassen',
    draftClear: 'Neu beginnen',
  },
  notice: {
    offline: {
      title: 'Sie sind offline',
      text: 'Ihre Einsendung ist noch nicht abgeschickt. Sie geht hinaus, sobald Sie online sind.',
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
      text: 'Wir können im Moment nichts speichern, auch Ihre Einsendung wurde nicht gespeichert. Sie wird von selbst noch einmal gesendet.',
    },
    busy: {
      title: 'Zu viele Einsendungen von Ihrer Adresse',
      text: 'Ihre wurde nicht gespeichert. Sie wird noch einmal gesendet, sobald das möglich ist.',
    },
    lasting:
      'Ihre Antworten bleiben auf diesem Gerät. Sie können diese Seite schließen und später wiederkommen.',
    pageOnly: 'Ihre Antworten bleiben nur auf dieser Seite: Bitte lassen Sie sie offen.',
    native:
      'Ihre Antworten stehen noch auf dieser Seite. Drücken Sie {seconds, plural, =0 {} other {in # s }}noch einmal auf den Knopf; sie zählen nur einmal.',
    unread:
      'Es wurde nichts gespeichert, und diese Seite hat Ihre Antworten nicht. Gehen Sie zurück auf die Seite davor, dort stehen sie noch, und senden Sie sie{seconds, plural, =0 {} other { in # s}} noch einmal.',
    again: 'Nächster Versuch in {seconds} s',
    whenOnline: 'Wartet auf das Netz',
    tryNow: 'Jetzt versuchen',
    edited: {
      title: 'Noch nicht gesendet',
      text: 'Sie haben Ihre Antworten geändert, deshalb warten sie auf Sie: Drücken Sie auf den Knopf, wenn sie fertig sind.',
    },
    conflict: {
      title: 'Sie haben von dieser Seite schon andere Antworten gesendet',
      text: 'Die sind angenommen und gelten. Wenn Sie auch diese senden möchten, senden Sie sie als neue Einsendung.',
      native: 'Drücken Sie dazu noch einmal auf den Knopf am Ende des Formulars.',
      button: 'Als neue senden',
    },
    tooLarge: {
      title: 'Ihre Antworten sind zu lang',
      text: 'Es wurde nichts gespeichert. Kürzen Sie und senden Sie noch einmal.',
      native: 'Es wurde nichts gespeichert. Gehen Sie zurück, kürzen Sie und senden Sie noch einmal.',
    },
    expired: {
      title: 'Diese Seite war zu lange offen',
      text: 'Es wurde nichts gespeichert. Drücken Sie noch einmal auf den Knopf.',
    },
    trapped: {
      title: 'Bitte drücken Sie noch einmal',
      text: 'Ein Feld, das Menschen nicht sehen, war ausgefüllt, wie es Programme tun. Es wurde noch nichts gespeichert. Ihre Antworten stehen noch hier: Drücken Sie noch einmal auf den Knopf.',
    },
    refused: {
      title: 'Das konnte nicht gesendet werden',
      text: 'Es wurde nichts gespeichert, und noch einmal dasselbe zu senden würde nicht helfen. Ihre Antworten stehen noch hier.',
    },
  },
  outbox: {
    title: 'Auf diesem Gerät',
    byItself: 'Das geht von selbst hinaus, sobald es möglich ist.',
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
    openReceipt: 'Quittung ansehen',
    hide: 'Ausblenden',
  },
  receipt: {
    title: 'Ihre Quittung',
    reference: 'Ihr Zeichen',
    next: 'Wie es weitergeht',
    disconnected:
      'Die Verbindung ist unterbrochen; diese Seite zeigt den letzten bekannten Stand und verbindet sich von selbst wieder.',
    keepTitle: 'Bewahren Sie diese Adresse auf',
    keepText:
      'Sie zeigt immer, wie weit Ihre Einsendung ist. Wer sie hat, kann das auch sehen, nicht aber Ihre Antworten.',
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
        'Ihre Einsendung ist bei uns. Ein Teil unseres Systems kann gerade nicht gefragt werden, deshalb können wir nicht sagen, wie weit sie ist. Sie brauchen sie nicht noch einmal zu senden.',
      scheduled: 'Sie wird zu ihrer Zeit bearbeitet. Sie brauchen nichts zu tun.',
      waiting:
        'Sie wird bearbeitet, wenn sie an der Reihe ist, meist in wenigen Sekunden. Sie brauchen nichts zu tun.',
      processing: 'Sie wird gerade bearbeitet. Sie brauchen nichts zu tun.',
      processed: 'Sie ist bearbeitet. Sie brauchen nichts weiter zu tun.',
      failed:
        'Sie konnte nicht automatisch bearbeitet werden. Sie ist aufbewahrt, und ein Mensch sieht sie sich an. Sie brauchen sie nicht noch einmal zu senden.',
      discarded: 'Ein Mensch hat sie sich angesehen und entschieden, sie nicht zu bearbeiten.',
      missing:
        'Wir haben überall gesucht, wo sie sein könnte, und sie nirgends gefunden. Wenn Sie sie von diesem Gerät gesendet haben, wird sie von selbst noch einmal gesendet; sonst senden Sie sie bitte noch einmal.',
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
      unknown: 'Kann im Moment nicht gesagt werden.',
      notYet: 'Noch nicht.',
      turn: 'Wartet, bis sie an der Reihe ist',
      soon: 'Meist in wenigen Sekunden.',
      attempt: 'Versuch {attempt}. Was misslingt, wird noch einmal versucht.',
    },
    where: {
      processed: 'Das Ergebnis ist in Postgres, auf die Platte geschrieben.',
      failed: 'In Postgres, auf die Platte geschrieben, mit allem, was versucht wurde.',
      discarded: 'Vermerkt in Postgres.',
      missing: 'Nirgends, soweit wir wissen.',
      unknown: 'Angenommen; wo genau sie ist, lässt sich bald wieder sagen.',
      disk: 'In {stores}, auf die Platte geschrieben.',
      second: 'In {stores}, im Speicher, etwa jede Sekunde auf die Platte geschrieben.',
      memory: 'In {stores}, nur im Speicher.',
      unsure: 'In {stores}; wie gut sie dort aufbewahrt ist, ließ sich nicht herausfinden.',
      both: 'Redis und Postgres',
    },
  },
  find: {
    title: 'Einsendung finden',
    intro: 'Sehen Sie, ob sie angekommen ist und wie weit sie ist.',
    reference: 'Zeichen',
    referenceHint: 'Es steht auf Ihrer Quittung, wie 01A2-0775-7CDB-AB06-30DF.',
    proof: 'E-Mail-Adresse oder Code der Quittung',
    proofHint:
      'Die Adresse, die Sie im Formular angegeben haben, oder der Code am Ende der Adresse Ihrer Quittung.',
    button: 'Finden',
    missing: {
      reference: 'Geben Sie Ihr Zeichen ein',
      proof: 'Geben Sie die E-Mail-Adresse oder den Code der Quittung ein',
    },
    malformed: 'Geben Sie ein Zeichen ein wie 01A2-0775-7CDB-AB06-30DF',
    shared:
      'Viele Einsendungen tragen dieses Zeichen. Geben Sie stattdessen die ganze Kennung ein: Sie steht auf Ihrer Quittung',
    notFound:
      'Wir haben keine Einsendung mit diesem Zeichen gefunden, die zu dieser E-Mail-Adresse oder diesem Code gehört. Prüfen Sie beides. Was in der letzten Minute gesendet wurde, wird vielleicht noch nicht gefunden.',
    busy: 'Sie haben das oft versucht. Versuchen Sie es in {seconds} s noch einmal.',
    away: 'Das lässt sich im Moment nicht nachsehen. Ihre Einsendung ist nicht betroffen. Versuchen Sie es gleich noch einmal.',
  },
  copy: { copy: 'Kopieren', copied: 'Kopiert', byHand: 'Bitte von Hand kopieren' },
  notFound: {
    title: 'Seite nicht gefunden',
    text: 'Unter dieser Adresse gibt es nichts. Wenn Sie von einer Quittung kommen, prüfen Sie, ob die Adresse vollständig ist: Sie endet mit einem Code aus Buchstaben und Ziffern.',
    forms: 'Alle Formulare',
  },
  failure: {
    title: 'Diese Seite konnte nicht gezeigt werden',
    text: 'Bei uns ist etwas schiefgegangen. Was Sie gesendet haben, ist nicht betroffen: Eine Einsendung mit Quittung bleibt erhalten.',
    again: 'Noch einmal versuchen',
    log: 'Für unser Protokoll: {digest}',
  },
};

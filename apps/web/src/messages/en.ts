/** What the pages for everyone say, in English. Operators' pages are in English only. */
export const en = {
  site: {
    skip: 'Skip to the content',
    operators: 'For operators',
    find: 'Find a submission',
    description: 'Forms whose answers are not lost.',
    switchTo: 'Deutsch',
  },
  home: {
    title: 'Forms',
    intro: 'Choose a form. What you send is kept until it has been processed.',
    programs:
      'Programs post JSON to <code>/api/submit</code>; without a form’s name it goes to the open inbox.',
  },
  form: {
    error: 'Error:',
    optional: '(optional)',
    choose: 'Choose one',
    noAnswer: 'No answer',
    problem: 'There is a problem',
    sending: 'Sending…',
    received: 'Received',
    changedTitle: 'The form has changed since you opened it',
    changedText: 'These answers have no field any more. Copy them to another one if they matter.',
    draft: 'We have filled in what you began on this device.',
    draftClear: 'Start over',
  },
  notice: {
    offline: {
      title: 'You are offline',
      text: 'Your submission has not been sent yet. It goes out as soon as you are online.',
    },
    lost: {
      title: 'We did not get an answer',
      text: 'Your submission may have arrived, or not. It will be sent again, and counts only once.',
    },
    maybe: {
      title: 'Not confirmed yet',
      text: 'We could not confirm that your submission is stored; it may still arrive. It will be sent again, and counts only once.',
    },
    no: {
      title: 'Not accepted at the moment',
      text: 'We cannot store submissions right now, and yours was not stored. It will be sent again by itself.',
    },
    busy: {
      title: 'Too many submissions from your address',
      text: 'Yours was not stored. It will be sent again as soon as that is possible.',
    },
    lasting: 'Your answers are kept on this device. You may close this page and come back later.',
    pageOnly: 'Your answers are kept on this page only: please leave it open.',
    native:
      'Your answers are kept on this page. Press the button again{seconds, plural, =0 {} other { in # s}}; they count only once.',
    again: 'Sending again in {seconds} s',
    whenOnline: 'Waiting for the network',
    tryNow: 'Try now',
    edited: {
      title: 'Not sent yet',
      text: 'You have changed your answers, so they wait for you: press the button when they are ready.',
    },
    conflict: {
      title: 'You have already sent other answers from this page',
      text: 'Those were accepted and stand. If you want to send these as well, send them as a new submission.',
      native: 'To do so, press the button at the end of the form again.',
      button: 'Send as new',
    },
    tooLarge: {
      title: 'Your answers are too long',
      text: 'Nothing was stored. Go back, shorten them and send again.',
    },
    expired: {
      title: 'This page was open for too long',
      text: 'Nothing was stored. Press the button once more.',
    },
    refused: {
      title: 'This could not be sent',
      text: 'Nothing was stored, and sending the same again would not help. Your answers are still here.',
    },
  },
  outbox: {
    title: 'On this device',
    unsent: 'Not sent yet',
    refused: 'Could not be sent',
    arrived: 'Has arrived',
    pressedAt: 'You pressed the button on',
    sending: 'Being sent now…',
    sendNow: 'Send now',
    download: 'Download',
    drop: 'Delete',
    dropConfirm: 'Delete these answers from this device? They have not been accepted yet.',
    edit: 'Edit answers',
    openReceipt: 'See the receipt',
    hide: 'Hide',
  },
  receipt: {
    title: 'Your receipt',
    reference: 'Your reference',
    next: 'What happens next',
    disconnected:
      'The connection was lost; this page shows the last state that we heard of, and connects again by itself.',
    keepTitle: 'Keep this address',
    keepText:
      'It always shows how far your submission is. Whoever has it can see that too, but not your answers.',
    copyAddress: 'Copy address',
    print: 'Print',
    printed: 'State of',
    headlines: {
      received: 'Submission received',
      scheduled: 'Submission received',
      waiting: 'Submission received',
      processing: 'Submission received',
      processed: 'Submission processed',
      failed: 'Submission received',
      discarded: 'Submission closed',
      missing: 'We cannot find this submission',
    },
    what: {
      received:
        'We have your submission. Part of our system cannot be asked right now, so we cannot say how far it is. You do not need to send it again.',
      scheduled: 'It will be processed at its time. You do not need to do anything.',
      waiting: 'It will be processed in its turn, usually within seconds. You do not need to do anything.',
      processing: 'It is being processed right now. You do not need to do anything.',
      processed: 'It has been processed. You do not need to do anything more.',
      failed:
        'It could not be processed automatically. It is kept, and a person will look at it. You do not need to send it again.',
      discarded: 'A person has looked at it and decided not to process it.',
      missing:
        'Every place where it could be was asked, and none has it. If this is the device from which you sent it, it is sent again by itself; otherwise please send it again.',
    },
    steps: {
      received: 'Received',
      earlier: 'Accepted before you saw this page.',
      safe: 'Safe',
      processed: 'Processed',
      person: 'A person will look at it',
      closed: 'Closed',
      now: 'Being processed',
      later: 'Processed later',
      notBefore: 'Not before',
      unknown: 'Cannot be said at the moment.',
      notYet: 'Not yet.',
      turn: 'Waiting for its turn',
      soon: 'Usually within seconds.',
      attempt: 'Attempt {attempt}. What goes wrong is tried again.',
    },
    where: {
      processed: 'The result is in Postgres, written to disk.',
      failed: 'In Postgres, written to disk, with all that was tried.',
      discarded: 'A record of it is in Postgres.',
      missing: 'Nowhere that we know of.',
      unknown: 'Accepted; where exactly it is can be said again soon.',
      disk: 'In {stores}, written to disk.',
      second: 'In {stores}, in memory, written to disk about every second.',
      memory: 'In {stores}, in memory only.',
      unsure: 'In {stores}, how well it keeps it could not be found out.',
      both: 'Redis and Postgres',
    },
  },
  copy: { copy: 'Copy', copied: 'Copied', byHand: 'Copy it by hand' },
  notFound: {
    title: 'Page not found',
    text: 'There is nothing at this address. If you came from a receipt, check that the address is complete: it ends with a code of letters and digits.',
    forms: 'All forms',
  },
  failure: {
    title: 'This page could not be shown',
    text: 'Something went wrong on our side. What you have sent is not affected: a submission with a receipt is kept.',
    again: 'Try again',
    log: 'For our log: {digest}',
  },
};

export type Messages = typeof en;

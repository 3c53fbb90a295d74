/** The texts of the public pages, in English. Operators' pages are in English only. */
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
      'Programs post JSON to <code>/api/submit</code>; without the name of a form, it goes to the open form inbox.',
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
    changedText: 'These answers no longer have a field. If they matter, copy them to another field.',
    draft: 'We have restored the draft that you began on this device.',
    trap: 'Leave this empty',
    draftClear: 'Start over',
  },
  notice: {
    offline: {
      title: 'You are offline',
      text: 'Your submission has not been sent yet. It will be sent as soon as you are online.',
    },
    lost: {
      title: 'We did not get an answer',
      text: 'Your submission may or may not have arrived. It will be sent again, and counts only once.',
    },
    maybe: {
      title: 'Not confirmed yet',
      text: 'We could not confirm that your submission is stored; it may still arrive. It will be sent again, and counts only once.',
    },
    no: {
      title: 'Not accepted right now',
      text: 'We cannot store submissions right now, and yours was not stored. It will be sent again automatically.',
    },
    busy: {
      title: 'Too many submissions from your address',
      text: 'Yours was not stored. It will be sent again automatically in a moment.',
    },
    lasting: 'Your answers are kept on this device. You may close this page and come back later.',
    pageOnly: 'Your answers are kept on this page only: please leave it open.',
    native:
      'Your answers are kept on this page. Press the button again{seconds, plural, =0 {} other { in # s}}; they count only once.',
    unread:
      'Nothing was stored, and this page does not have your answers. Go back to the page before, where they still are, and send them again{seconds, plural, =0 {} other { in # s}}.',
    again: 'Sending again in {seconds} s',
    whenOnline: 'Waiting for the network',
    tryNow: 'Try now',
    edited: {
      title: 'Not sent yet',
      text: 'You have changed your answers. Press the button to send them.',
    },
    conflict: {
      title: 'You have already sent other answers from this page',
      text: 'Those answers were accepted and remain valid. To send these as well, send them as a new submission.',
      native: 'To do so, press the button at the end of the form again.',
      button: 'Send as new',
    },
    tooLarge: {
      title: 'Your answers are too long',
      text: 'Nothing was stored. Shorten them and send again.',
      native: 'Nothing was stored. Go back, shorten them and send again.',
    },
    expired: {
      title: 'This page was open for too long',
      text: 'Nothing was stored. Press the button once more.',
    },
    trapped: {
      title: 'Please press once more',
      text: 'A hidden field was filled in, as spam programs do. Nothing was stored yet. Your answers are still here: press the button once more.',
    },
    refused: {
      title: 'This could not be sent',
      text: 'Nothing was stored, and sending the same answers again will not help. Your answers are still here: change them, or copy them.',
    },
  },
  outbox: {
    title: 'On this device',
    byItself: 'This will be sent automatically as soon as possible.',
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
      'The connection is lost. This page shows the last known state, and reconnects automatically.',
    keepTitle: 'Keep this address',
    keepText:
      'It always shows the state of your submission. Everyone who has it can see that state, but not your answers.',
    copyAddress: 'Copy address',
    print: 'Print',
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
        'We have your submission. Part of our system cannot be reached right now, so we do not know its exact state. You do not need to send it again.',
      scheduled: 'It will be processed at its scheduled time. You do not need to do anything.',
      waiting:
        'It will be processed when its turn comes, usually within seconds. You do not need to do anything.',
      processing: 'It is being processed right now. You do not need to do anything.',
      processed: 'It has been processed. You do not need to do anything more.',
      failed:
        'It could not be processed automatically. It is kept, and a person will look at it. You do not need to send it again.',
      discarded: 'A person has looked at it and decided not to process it.',
      missing:
        'We have looked everywhere it could be, and did not find it. If you sent it from this device, it is sent again automatically; otherwise please send it again.',
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
      unknown: 'Not known right now.',
      notYet: 'Not yet.',
      turn: 'Waiting for its turn',
      soon: 'Usually within seconds.',
      attempt: 'Attempt {attempt}. If it fails, we try again.',
    },
    where: {
      processed: 'The result is in Postgres, written to disk.',
      failed: 'In Postgres, written to disk, with a record of every attempt.',
      discarded: 'A record of it is in Postgres.',
      missing: 'Not found in any store.',
      unknown: 'Accepted; its exact place is not known right now.',
      disk: 'In {stores}, written to disk.',
      second: 'In {stores}, in memory, written to disk about every second.',
      memory: 'In {stores}, in memory only.',
      unsure: 'In {stores}; whether it is written to disk is not known.',
      both: 'Redis and Postgres',
    },
  },
  find: {
    title: 'Find a submission',
    intro: 'See whether it has arrived, and its state.',
    reference: 'Reference',
    referenceHint: 'It is on your receipt, for example 01A2-0775-7CDB-AB06-30DF.',
    proof: 'Email address or receipt code',
    proofHint: 'The address that you gave in the form, or the code at the end of your receipt’s address.',
    button: 'Find',
    missing: { reference: 'Enter your reference', proof: 'Enter the email address or the receipt code' },
    malformed: 'Enter a reference like 01A2-0775-7CDB-AB06-30DF',
    shared: 'Many submissions carry this reference. Enter the whole id instead: it stands on your receipt',
    notFound:
      'We found no submission with this reference that belongs to this email address or code. Check both. Submissions of the last minute may not be found yet.',
    busy: 'Too many tries. Try again in {seconds} s.',
    away: 'This cannot be looked up right now. Your submission is not affected. Try again in a moment.',
  },
  copy: { copy: 'Copy', copied: 'Copied', byHand: 'Copy it by hand' },
  notFound: {
    title: 'Page not found',
    text: 'There is nothing at this address. If you came from a receipt, check that the address is complete: it ends with a code of letters and digits.',
    forms: 'All forms',
  },
  failure: {
    title: 'This page could not be shown',
    text: 'Something went wrong on our side. Your submissions are not affected: each one with a receipt is kept.',
    again: 'Try again',
    log: 'For our log: {digest}',
  },
};

export type Messages = typeof en;

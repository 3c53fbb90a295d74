import type { Role, UserView } from './wire.ts';

/** Whoever keeps the sign-ins. Each rejects with an `ApiError` where it says no. */
export interface Accounts {
  list(): Promise<UserView[]>;
  create(user: {
    readonly email: string;
    readonly name: string;
    readonly role: Role;
    readonly password: string;
  }): Promise<UserView>;
  setRole(id: string, role: Role): Promise<UserView>;
  /** Ends the user's sessions. */
  setPassword(id: string, password: string): Promise<UserView>;
  /** Ends the user's sessions; while disabled, no new one begins. */
  setDisabled(id: string, disabled: boolean): Promise<UserView>;
  remove(id: string): Promise<UserView>;
  /** One's own; the session is named by the request's headers, every other one of the same person ends. */
  changePassword(headers: Headers, current: string, next: string): Promise<void>;
}

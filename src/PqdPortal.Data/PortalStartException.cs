namespace PqdPortal.Data;

/// <summary>
/// The portal cannot start, for a reason that the person who starts it can mend. The message says what was found, what was
/// expected and what to do, and names the option where one is wrong; it is shown without a stack trace.
/// </summary>
public sealed class PortalStartException(string message, Exception? cause = null) : Exception(message, cause);

namespace StreamClips.ControlPlane;

/// <summary>The control plane cannot start, for a reason that a person can remedy. Caught once, in Program: printed, exit code 1.</summary>
/// <param name="message">What is wrong and what to do about it, in one line or two.</param>
public sealed class StartupException(string message) : Exception(message);

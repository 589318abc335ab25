namespace StreamClips.Cli.Running;

/// <summary>What <c>demo</c> and <c>up</c> were asked for.</summary>
/// <param name="Simulated">With the simulated platform and its channels.</param>
/// <param name="Data">Directory that holds everything the command keeps.</param>
/// <param name="Port">The dashboard's port; 0: any free one.</param>
/// <param name="For">Stop by itself after this time; null: run until told to stop.</param>
/// <param name="Json">An event a line as JSON instead of lines for people.</param>
/// <param name="Surges">When the simulated channels have moments by themselves: FIRST,EVERY in seconds, or none.</param>
public sealed record RunOptions(bool Simulated, string Data, int Port, TimeSpan? For, bool Json, string Surges);

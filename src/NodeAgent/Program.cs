using System.Collections;
using StreamClips.NodeAgent.Host;

// The node agent. Configured by environment variables alone; exits with 0 when it was stopped, 1 when it could not go on,
// 2 when it was configured wrongly.
if (!Environment.Is64BitProcess)
{
    // What it reads of the kernel (struct statvfs, siginfo) is laid out otherwise there.
    await Console.Error.WriteLineAsync("The node agent cannot start: it is for 64-bit machines, and this runtime is a 32-bit one: install a 64-bit system and ASP.NET Core runtime");
    return 1;
}

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "");
var (options, faults) = AgentOptions.FromEnvironment(environment);
if (options is null)
{
    await Console.Error.WriteLineAsync($"The node agent cannot start:\n  {string.Join("\n  ", faults)}");
    return 2;
}

var (taken, fault) = DirectoryLock.TryTake(options.Directory, options.Link.NodeId);
if (taken is null)
{
    await Console.Error.WriteLineAsync($"The node agent cannot start: {fault}");
    return 1;
}

using (taken)
using (var host = AgentHost.Build(options))
    return await AgentHost.RunAsync(host);

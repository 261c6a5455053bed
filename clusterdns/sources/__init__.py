"""Where objects come from. Sources may use files and asyncio; what they find, the registry holds."""
